"""What a mail provider tells of mails: mailboxes that refuse, people who complain. Read by django-anymail."""
