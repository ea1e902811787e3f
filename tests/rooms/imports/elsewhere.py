"""One person as each system writes them: the system's name, its columns, and what of them is which field."""

# ruff: noqa: E501 - a row is a row

HOME = {"line_1": "12 Main St", "city": "Napa", "state": "CA", "postal_code": "94558", "country": "US"}

PEOPLE: list[tuple[str, dict[str, str], dict[str, str]]] = [
    (
        "Square",
        {
            "Reference ID": "", "First Name": "Ana", "Last Name": "Ruiz", "Email Address": "ana@x.com",
            "Phone Number": "'+17075550142", "Nickname": "Annie", "Company Name": "Vine Co", "Street Address 1": "12 Main St",
            "Street Address 2": "Apt 3", "City": "Napa", "State": "CA", "Postal Code": "94558", "Birthday": "1980-05-17",
            "Memo": "likes reds", "Square Customer ID": "SQ1", "Creation Source": "Import", "First Visit": "2020-01-02",
            "Last Visit": "2024-01-02", "Transaction Count": "3", "Lifetime Spend": "$9", "Email Subscription Status": "subscribed",
        },
        {
            "email": "ana@x.com", "first_name": "Ana", "last_name": "Ruiz", "phone": "'+17075550142", "company": "Vine Co",
            "line_1": "12 Main St", "line_2": "Apt 3", "city": "Napa", "state": "CA", "postal_code": "94558",
            "birth_date": "1980-05-17", "notes": "likes reds", "external_number": "SQ1", "signed_up_at": "2020-01-02",
            "opted_in": "subscribed",
        },
    ),
    (
        "Salesforce",
        {
            "Id": "003A", "AccountId": "001", "LastName": "Ruiz", "FirstName": "Ana", "Salutation": "Ms.", "OtherStreet": "9 Sea Rd",
            "OtherCity": "Reno", "OtherState": "NV", "OtherPostalCode": "89501", "OtherCountry": "US", "MailingStreet": "",
            "MailingCity": "", "MailingState": "", "MailingPostalCode": "", "MailingCountry": "", "Phone": "1", "MobilePhone": "2",
            "Email": "ana@x.com", "Title": "CEO", "Birthdate": "1980-05-17", "Description": "n", "HasOptedOutOfEmail": "1",
            "CreatedDate": "2020-01-02T03:04:05.000Z",
        },
        {
            "email": "ana@x.com", "first_name": "Ana", "last_name": "Ruiz", "phone": "1", "other_phones": "2",
            "line_1": "9 Sea Rd", "city": "Reno", "state": "NV", "postal_code": "89501", "country": "US",
            "birth_date": "1980-05-17", "notes": "n", "opted_out": "1", "external_number": "003A",
            "signed_up_at": "2020-01-02T03:04:05.000Z",
        },
    ),
    (
        "Salesforce",
        {
            "First Name": "Ana", "Last Name": "Ruiz", "Account Name": "Ruiz Household", "Mailing Street": "12 Main St",
            "Mailing City": "Napa", "Mailing State/Province": "CA", "Mailing Zip/Postal Code": "94558", "Mailing Country": "US",
            "Phone": "1", "Email": "ana@x.com", "Email Opt Out": "0",
        },
        {
            "email": "ana@x.com", "first_name": "Ana", "last_name": "Ruiz", "phone": "1", "opted_out": "0", **HOME,
        },
    ),
    (
        "HubSpot",
        {
            "Record ID": "51", "First Name": "Ana", "Last Name": "Ruiz", "Email": "ana@x.com", "Phone Number": "1",
            "Contact owner": "Bo", "Street Address": "12 Main St", "City": "Napa", "State/Region": "CA", "Postal Code": "94558",
            "Country/Region": "US", "Create Date": "2020-01-02 03:04", "Marketing contact status": "Marketing contact",
            "Unsubscribed from all email": "true", "Lifecycle Stage": "Customer", "Lead Status": "Open",
        },
        {
            "email": "ana@x.com", "first_name": "Ana", "last_name": "Ruiz", "phone": "1", "external_number": "51",
            "signed_up_at": "2020-01-02 03:04", "opted_out": "true", **HOME,
        },
    ),
    (
        "Outlook",
        {
            "First Name": "Ana", "Last Name": "Ruiz", "Title": "Dr", "Company": "Vine Co", "Home Street": "12 Main St",
            "Home City": "Napa", "Home State": "CA", "Home Postal Code": "94558", "Home Country/Region": "US",
            "Business Street": "1 Work Rd", "Business City": "Reno", "Business State": "NV", "Business Postal Code": "89501",
            "Business Country/Region": "US", "Home Phone": "", "Mobile Phone": "2", "Business Phone": "3", "Business Fax": "4",
            "E-mail Address": "ana@x.com", "E-mail 2 Address": "ana@y.com", "E-mail 2 Type": "SMTP", "Birthday": "0/0/00",
            "Categories": "VIP", "Notes": "n",
        },
        {
            "email": "ana@x.com; ana@y.com", "first_name": "Ana", "last_name": "Ruiz", "company": "Vine Co", "phone": "2",
            "other_phones": "3", "tags": "VIP", "notes": "n", **HOME,
        },
    ),
    (
        "Google Contacts",
        {
            "First Name": "Ana", "Last Name": "Ruiz", "Birthday": "--05-17", "Notes": "n", "Labels": "* myContacts ::: Rotary",
            "E-mail 1 - Label": "* Home", "E-mail 1 - Value": "ana@x.com", "E-mail 2 - Label": "Work", "E-mail 2 - Value": "ana@y.com",
            "Phone 1 - Label": "Mobile", "Phone 1 - Value": "+60 12-345 6789 ::: 04-1234567", "Address 1 - Label": "Home",
            "Address 1 - Formatted": "12 Main St\nNapa", "Address 1 - Street": "12 Main St", "Address 1 - City": "Napa",
            "Address 1 - Region": "CA", "Address 1 - Postal Code": "94558", "Address 1 - Country": "US",
        },
        {
            "email": "ana@x.com; ana@y.com", "first_name": "Ana", "last_name": "Ruiz", "birth_date": "--05-17", "notes": "n",
            "tags": "Rotary", "phone": "+60 12-345 6789", "other_phones": "04-1234567", **HOME,
        },
    ),
    (
        "Google Contacts",
        {
            "Name": "Ana Ruiz", "Given Name": "Ana", "Family Name": "Ruiz", "Group Membership": "Club ::: * starred",
            "E-mail 1 - Type": "*", "E-mail 1 - Value": "ana@x.com", "Phone 1 - Type": "Home", "Phone 1 - Value": "1",
            "Phone 2 - Value": "2",
        },
        {
            "email": "ana@x.com", "full_name": "Ana Ruiz", "first_name": "Ana", "last_name": "Ruiz", "tags": "Club",
            "phone": "1", "other_phones": "2",
        },
    ),
    (
        "Mailchimp",
        {
            "Email Address": "ana@x.com", "First Name": "Ana", "Last Name": "Ruiz", "Address": "12 Main St  Napa  CA  94558  US",
            "Phone Number": "1", "Birthday": "05/17", "MEMBER_RATING": "2", "OPTIN_TIME": "2020-02-03 04:05:06", "OPTIN_IP": "",
            "CONFIRM_TIME": "2020-02-04 04:05:06", "CONFIRM_IP": "1.2.3.4", "LATITUDE": "1", "TIMEZONE": "x", "CC": "DE",
            "REGION": "BY", "LAST_CHANGED": "2020-02-04 04:05:06", "LEID": "1", "EUID": "a", "NOTES": "n", "TAGS": '"VIP","Blog"',
        },
        {
            "email": "ana@x.com", "first_name": "Ana", "last_name": "Ruiz", "phone": "1", "birth_date": "05/17",
            "opted_in_at": "2020-02-04 04:05:06", "notes": "n", "tags": '"VIP","Blog"', **HOME,
        },
    ),
    (
        "Mailchimp",
        {
            "Email Address": "bo@x.com", "First Name": "Bo", "MEMBER_RATING": "1", "OPTIN_TIME": "2020-02-03 04:05:06",
            "UNSUB_TIME": "2021-02-03 04:05:06", "UNSUB_REASON": "NORMAL", "CC": "", "REGION": "",
        },
        {
            "email": "bo@x.com", "first_name": "Bo", "opted_in_at": "2020-02-03 04:05:06",
            "opted_out_at": "2021-02-03 04:05:06",
        },
    ),
    (
        "Campaign Monitor",
        {"Email": "ana@x.com", "Name": "Ana Ruiz", "Subscribed date": "2020-01-02", "Status": "Unsubscribed"},
        {"email": "ana@x.com", "full_name": "Ana Ruiz", "opted_in_at": "2020-01-02", "opted_in": "Unsubscribed"},
    ),
    (
        "Magento",
        {
            "ID": "7", "Name": "Ana Ruiz", "Email": "ana@x.com", "Group": "General", "Phone": "1", "ZIP": "94558", "Country": "US",
            "State/Province": "CA", "Customer Since": "Jan 2, 2020 3:04:05 AM", "Web Site": "Main", "Confirmed email": "Yes",
            "Account Created in": "Default", "Billing Address": "12 Main St Napa CA 94558", "Shipping Address": "12 Main St Napa CA",
            "Date of Birth": "1980-05-17", "Tax VAT Number": "", "Gender": "Female", "Street Address": "12 Main St", "City": "Napa",
            "Company": "",
        },
        {
            "email": "ana@x.com", "full_name": "Ana Ruiz", "phone": "1", "signed_up_at": "Jan 2, 2020 3:04:05 AM",
            "birth_date": "1980-05-17", "external_number": "7", **HOME,
        },
    ),
    (
        "Magento",
        {
            "email": "ana@x.com", "_website": "base", "_store": "default", "confirmation": "", "created_at": "2020-01-02 03:04:05",
            "dob": "1980-05-17", "firstname": "Ana", "group_id": "1", "lastname": "Ruiz", "password_hash": "x", "website_id": "1",
            "_address_city": "Napa", "_address_country_id": "US", "_address_postcode": "94558", "_address_region": "CA",
            "_address_street": "12 Main St", "_address_telephone": "1",
        },
        {
            "email": "ana@x.com", "first_name": "Ana", "last_name": "Ruiz", "phone": "1", "birth_date": "1980-05-17",
            "signed_up_at": "2020-01-02 03:04:05", **HOME,
        },
    ),
    (
        "PrestaShop",
        {
            "ID": "7", "Social title": "Mrs.", "First name": "Ana", "Last name": "Ruiz", "Email address": "ana@x.com",
            "Group": "Customer", "Sales": "$9", "Enabled": "1", "Newsletter": "0", "Partner offers": "1",
            "Registration": "2020-01-02 03:04:05", "Last visit": "2024-01-02 03:04:05",
        },
        {
            "email": "ana@x.com", "first_name": "Ana", "last_name": "Ruiz", "status": "1", "opted_in": "0",
            "external_number": "7", "signed_up_at": "2020-01-02 03:04:05",
        },
    ),
    (
        "Stripe",
        {
            "id": "cus_1", "Description": "n", "Email": "ana@x.com", "Name": "Ana Ruiz", "Created (UTC)": "2020-01-02 03:04",
            "Delinquent": "false", "Card ID": "c", "Card Name": "A RUIZ", "Card Address Line1": "12 Main St",
            "Card Address Line2": "", "Card Address City": "Napa", "Card Address State": "CA", "Card Address Country": "US",
            "Card Address Zip": "94558", "Status": "active", "Total Spend": "9.00", "Payment Count": "1",
        },
        {
            "email": "ana@x.com", "full_name": "Ana Ruiz", "notes": "n", "signed_up_at": "2020-01-02 03:04",
            "external_number": "cus_1", **HOME,
        },
    ),
    (
        "QuickBooks",
        {
            "Customer": "Ana Ruiz", "Company": "", "Street Address": "12 Main St", "City": "Napa", "State": "CA", "Country": "US",
            "ZIP": "94558", "Phone": "1", "Email": "ana@x.com", "Customer type": "Retail", "Attachments": "", "Open Balance": "0.00",
        },
        {"email": "ana@x.com", "full_name": "Ana Ruiz", "phone": "1", **HOME},
    ),
    (
        "QuickBooks",
        {
            "Active Status": "Active", "Customer": "Ana Ruiz", "Balance Total": "0", "First Name": "Ana", "Last Name": "Ruiz",
            "Main Phone": "1", "Alt. Phone": "2", "Main Email": "ana@x.com", "Bill to 1": "Ana Ruiz", "Bill to 2": "12 Main St",
            "Bill to 3": "Napa, CA 94558", "Ship to 1": "Bo Kim", "Ship to 2": "9 Sea Rd", "Ship to 3": "Reno NV 89501",
        },
        {
            "email": "ana@x.com", "full_name": "Ana Ruiz", "first_name": "Ana", "last_name": "Ruiz", "phone": "1",
            "other_phones": "2", "status": "Active", "ship_line_1": "9 Sea Rd", "ship_city": "Reno", "ship_state": "NV",
            "ship_postal_code": "89501", "ship_country": "US", **HOME,
        },
    ),
    (
        "Shopify",
        {
            "Customer ID": "'77", "First Name": "Ana", "Last Name": "Ruiz", "Email": "ana@x.com", "Accepts Email Marketing": "yes",
            "Default Address Company": "", "Default Address Address1": "12 Main St", "Default Address Address2": "",
            "Default Address City": "Napa", "Default Address Province Code": "CA", "Default Address Country Code": "US",
            "Default Address Zip": "94558", "Default Address Phone": "3", "Phone": "1", "Accepts SMS Marketing": "no",
            "Total Spent": "9.00", "Total Orders": "1", "Note": "n", "Tax Exempt": "no", "Tags": "VIP, Blog",
        },
        {
            "email": "ana@x.com", "first_name": "Ana", "last_name": "Ruiz", "phone": "1", "address_phone": "3", "notes": "n",
            "tags": "VIP, Blog", "opted_in": "yes", "external_number": "'77", **HOME,
        },
    ),
    (
        "WooCommerce",
        {
            "Name": "Ana Ruiz", "Username": "ana", "Last Active": "2024-01-02", "Sign Up": "2020-01-02", "Email": "ana@x.com",
            "Orders": "1", "Total Spend": "9", "AOV": "9", "Country / Region": "US", "City": "Napa", "Region": "CA",
            "Postal Code": "94558",
        },
        {
            "email": "ana@x.com", "full_name": "Ana Ruiz", "signed_up_at": "2020-01-02", "city": "Napa", "state": "CA",
            "postal_code": "94558", "country": "US",
        },
    ),
    (
        "Commerce7",
        {
            "First Name": "Ana", "Last Name": "Ruiz", "Email": "ana@x.com", "Phone": "1", "Address": "12 Main St",
            "Address 2": "", "City": "Napa", "State Code": "CA", "Zip Code": "94558", "Country Code": "US",
            "Email Marketing Status": "Subscribed", "Groups": "Founders", "Tags": "VIP", "Lifetime Value": "9.00",
        },
        {
            "email": "ana@x.com", "first_name": "Ana", "last_name": "Ruiz", "phone": "1", "opted_in": "Subscribed",
            "group": "Founders", "tags": "VIP", **HOME,
        },
    ),
    (
        "WineDirect",
        {
            "CustomerNumber": "77", "Email": "ana@x.com", "FirstName": "Ana", "LastName": "Ruiz", "Address": "12 Main St",
            "Address2": "", "City": "Napa", "StateCode": "CA", "ZipCode": "94558", "CountryCode": "US", "MainPhone": "1",
            "BirthDate": "1/2/1980", "ContactTypes": "Founders", "PriceLevel": "Retail",
        },
        {
            "email": "ana@x.com", "first_name": "Ana", "last_name": "Ruiz", "phone": "1", "birth_date": "1/2/1980",
            "group": "Founders", "external_number": "77", **HOME,
        },
    ),
    (
        "Offset",
        {
            "customer_id": "77", "customer_email": "ana@x.com", "first_name": "Ana", "last_name": "Ruiz",
            "customer_group": "Founders", "email_opt_in": "yes", "lifetime_spend": "9.00",
        },
        {
            "email": "ana@x.com", "first_name": "Ana", "last_name": "Ruiz", "group": "Founders", "opted_in": "yes",
            "external_number": "77",
        },
    ),
    (
        "OrderPort",
        {"Customer ID": "77", "Customer Class": "Founders", "Bill Email": "ana@x.com", "Bill First Name": "Ana"},
        {"email": "ana@x.com", "first_name": "Ana", "group": "Founders", "external_number": "77"},
    ),
    (
        "VineSpring",
        {"Member Number": "77", "Membership": "Founders", "Customer Email": "ana@x.com", "Customer Last Name": "Ruiz"},
        {"email": "ana@x.com", "last_name": "Ruiz", "group": "Founders", "external_number": "77"},
    ),
]  # fmt: skip
