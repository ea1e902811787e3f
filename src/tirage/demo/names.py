"""Common names, streets and firms from which people are put together."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Community:
    """Names that go together, and the share of the list that bears such names."""

    share: float
    first: tuple[str, ...]
    last: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COMMUNITIES = (
    Community(
        0.60,
        _words(
            "James Robert John Michael David William Richard Thomas Mark Charles Steven Paul Andrew Kenneth"
            " George Joshua Kevin Brian Edward Ronald Timothy Jason Jeffrey Ryan Gary Nicholas Eric Stephen"
            " Jonathan Larry Scott Benjamin Samuel Gregory Patrick Frank Peter Henry Douglas Nathan Adam "
            "Walter Kyle Ethan Carl Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Karen "
            "Sarah Lisa Nancy Sandra Betsy Ashley Emily Kimberly Margaret Donna Michelle Carol Amanda "
            "Melissa Deborah Stephanie Rebecca Laura Helen Cynthia Amy Kathleen Angela Anna Ruth Brenda "
            "Pamela Nicole Katherine Christine Janet Rachel Heather Diane Julie Joyce Victoria Kelly Lauren"
            " Joan Evelyn Judith Megan Hannah Claire Eleanor Charlotte Grace"
        ),
        _words(
            "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Martin "
            "Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green "
            "Adams Nelson Baker Hall Campbell Mitchell Carter Roberts Phillips Evans Turner Parker Collins "
            "Edwards Stewart Morris Murphy Cook Rogers Morgan Peterson Cooper Reed Bailey Kelly Howard Ward"
            " Cox Richardson Wood Watson Brooks Bennett Gray James Hughes Price Myers Long Foster Sanders "
            "Ross Sullivan Powell Russell Fisher Henderson Coleman Perry Graham Reynolds Hamilton Wallace "
            "Cole West Hayes Bryant Gibson Ellis Stevens Murray Ford Marshall Owens McDonald Harrison "
            "Kennedy Wells Webb Tucker Porter Hunter Hicks Crawford Boyd Mason Kelley Warren Dixon Burns "
            "Gordon Shaw Holmes Rice Robertson Hunt Daniels Palmer Mills Grant Ferguson Rose Stone Hawkins "
            "Dunn Perkins Hudson Spencer Gardner Payne Pierce Berry Matthews Arnold Wagner Willis Ray "
            "Watkins Olson Carroll Duncan Snyder Hart Cunningham Bradley Lane Andrews Fox Armstrong Weaver "
            "Lawrence Elliott Sims Greene Burke Schmidt Schneider Larson Meyer Hoffman Jensen Hansen "
            "O'Brien O'Connor Fitzgerald Lindqvist Whitaker Prescott Hollister Lockwood"
        ),
    ),
    Community(
        0.13,
        _words(
            "Wei Ming Jun Li Hui Grace Kevin Michelle Jason Amy Daniel Jenny Andrew Vivian Eric Christine "
            "Brian Karen Steven Tiffany Albert Angela Kenji Yuki Hiroshi Naomi Min-jun Ji-woo Sung Hana "
            "Minh Linh Thanh Mai"
        ),
        _words(
            "Chen Wang Li Zhang Liu Wong Lee Lin Huang Chan Yang Wu Chang Kim Park Choi Nguyen Tran Pham Le"
            " Ho Ng Tanaka Sato Yamamoto Nakamura Ito Cheng Lam Kwan Tsai Hsu Shen Xu Zhao"
        ),
    ),
    Community(
        0.10,
        _words(
            "José Luis Carlos María Ana Miguel Juan Sofía Isabel Diego Elena Rafael Carmen Antonio Gabriela"
            " Javier Lucía Ricardo Daniela Fernando Adriana Marco Valeria Andrés Patricia Roberto Teresa "
            "Alejandro Camila"
        ),
        _words(
            "García Martínez Rodríguez López Hernández González Pérez Sánchez Ramírez Torres Flores Rivera "
            "Gómez Díaz Reyes Morales Ortiz Gutiérrez Ramos Vargas Castillo Mendoza Aguilar Romero Herrera "
            "Delgado Navarro"
        ),
    ),
    Community(
        0.06,
        _words(
            "Raj Priya Anil Sunita Vikram Anjali Sanjay Deepa Arjun Kavita Rohan Neha Amit Pooja Ravi Meera"
            " Sunil Lakshmi Nikhil Divya"
        ),
        _words(
            "Patel Shah Singh Gupta Kumar Sharma Reddy Rao Iyer Mehta Desai Kapoor Nair Joshi Chopra "
            "Banerjee Menon Krishnan Agarwal Bhatt"
        ),
    ),
    Community(
        0.06,
        _words(
            "Marcus Denise Jamal Keisha Terrence Monique Andre Tamika Darnell Latoya Malcolm Renee Reginald"
            " Yvonne Isaiah Imani Maurice Simone Xavier Camille"
        ),
        _words(
            "Washington Jefferson Banks Booker Jackson Freeman Gaines Dorsey Mosley Whitfield Hampton "
            "Franklin Coleman Simmons Ellison Bolden Carver Grier Langston Winfield"
        ),
    ),
    Community(
        0.05,
        _words(
            "Marco Giulia Luca Francesca Pierre Sophie Laurent Camille Hans Ingrid Lars Astrid Dmitri Olga "
            "Anton Katya Nikos Eleni Piotr Magda Avi Miriam Eitan Leah"
        ),
        _words(
            "Rossi Russo Ferrari Bianchi Dubois Laurent Moreau Lefèvre Müller Weber Becker Lindberg Nilsson"
            " Petrov Ivanov Papadopoulos Kowalski Nowak Cohen Levy Friedman Goldberg Rosen Katz"
        ),
    ),
)

# Reserved for examples: nothing sent to them arrives anywhere.
MAIL_HOSTS = (
    "mail.example.com",
    "post.example.com",
    "inbox.example.org",
    "home.example.net",
    "office.example.com",
)
MAIL_WEIGHTS = (46, 20, 16, 11, 7)
AREA_CODES = _words(
    "212 213 303 305 310 312 404 408 415 425 469 503 510 512 561 602 617 619 650 702 703 707 713 716 718 "
    "720 770 773 801 805 808 818 831 847 858 860 914 917 919 925 949"
)
STREETS = _words(
    "Oak Maple Cedar Pine Elm Walnut Chestnut Willow Laurel Magnolia Sycamore Juniper Hawthorne Alder Birch"
    " Lake River Hill Ridge Valley Spring Meadow Orchard Garden Park Church School Mill Bridge Market Union"
    " Highland Lincoln Jefferson Madison Monroe Franklin Adams Jackson Grant Harrison Summit Prospect "
    "Pleasant Fairview Sunset Canyon Mesa Vista Bayview Harbor Ocean Shore Quarry Mountain Forest Linden "
    "Dogwood Cypress Olive"
)
STREET_KINDS = _words(
    "Street Street Street Avenue Avenue Road Road Drive Drive Lane Court Place Way Boulevard Terrace"
)
COMPANY_WORDS = _words(
    "Alder Beacon Cobalt Delphi Elmwood Foundry Granite Harbor Ironwood Juniper Keystone Lodestar"
)
COMPANY_KINDS = (
    "Partners LLC",
    "Law Group",
    "Architects",
    "Capital",
    "Dental",
    "Studios",
    "Medical",
    "Engineering",
)


def plain(name: str) -> str:
    """A name as e-mail addresses spell it: lower case, without accents and marks."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())
