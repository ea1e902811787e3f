"""What columns of people and addresses are called in German, French, Italian, Spanish, Portuguese and Dutch lists.

They are tried after the English names. A German *Name* beside a *Vorname* is the last name, as a French *Nom* is: see
``imports/customer_rows.py``.
"""

from __future__ import annotations

from typing import Final

#: By field; spelling, case, accents and punctuation don't matter (``normalise_header``).
PEOPLE: Final = {
    "email": "E-Mail-Adresse | Mailadresse | Courriel | Adresse e-mail | Adresse mail | Adresse électronique | Mél | "
    "Indirizzo e-mail | Posta elettronica | Correo | Correo electrónico | Dirección de correo | Endereço de e-mail | "
    "E-mailadres",
    "first_name": "Vorname | Prénom | Nombre | Nome | Nome proprio | Primeiro nome | Voornaam",
    "last_name": "Nachname | Familienname | Zuname | Nom | Nom de famille | Cognome | Apellido | Apellidos | "
    "Primer apellido | Sobrenome | Apelido | Achternaam",
    "full_name": "Vollständiger Name | Kundenname | Kunde | Nom complet | Nom et prénom | Client | Nome e cognome | "
    "Nominativo | Cliente | Nombre completo | Nombre y apellidos | Nome completo | Naam | Klant",
    "phone": "Telefon | Telefonnummer | Tel. Nr. | Handy | Mobil | Mobiltelefon | Téléphone | Numéro de téléphone | "
    "Portable | Tél. | Telefono | Numero di telefono | Cellulare | Teléfono | Móvil | Telefone | Telemóvel | "
    "Telefoon | Telefoonnummer",
    "company": "Firma | Firmenname | Unternehmen | Société | Entreprise | Raison sociale | Azienda | Società | "
    "Ragione sociale | Empresa | Razón social | Bedrijf | Bedrijfsnaam",
    "birth_date": "Geburtsdatum | Geburtstag | Date de naissance | Data di nascita | Fecha de nacimiento | "
    "Data de nascimento | Geboortedatum",
    "line_1": "Straße | Strasse | Straße und Hausnummer | Strasse Nr. | Straße Nr. | Straße Hausnummer | Anschrift | "
    "Adresse | Adresse 1 | Rue | Adresse postale | Numéro et rue | Indirizzo | Via | Indirizzo 1 | Dirección | Calle | "
    "Domicilio | Dirección 1 | Morada | Endereço | Rua | Straat | Adres",
    "line_2": "Adresszusatz | Adresse 2 | Zusatz | Complément d'adresse | Complément | Indirizzo 2 | Dirección 2 | "
    "Complemento | Adres 2 | Toevoeging",
    "city": "Ort | Stadt | Wohnort | Ortschaft | Ville | Commune | Localité | Città | Comune | Località | Ciudad | "
    "Población | Localidad | Municipio | Cidade | Localidade | Plaats | Woonplaats | Stad",
    "state": "Bundesland | Kanton | Canton | Département | Région | Provincia | Regione | Prov. | Estado | Comunidad | "
    "Distrito | Provincie",
    "postal_code": "PLZ | Postleitzahl | Code postal | CP | C.P. | CAP | C.A.P. | Codice postale | "
    "Codice di avviamento postale | Código postal | Postcode/Plaats | Código Postal (CP)",
    "country": "Land | Staat | Ländercode | Länderkürzel | Pays | Code pays | Paese | Nazione | Stato | País | "
    "Código de país | Landcode",
    "notes": "Notiz | Notizen | Bemerkung | Bemerkungen | Kommentar | Remarque | Remarques | Commentaire | Nota | "
    "Note | Osservazioni | Commenti | Notas | Observaciones | Comentarios | Observações | Opmerking | Opmerkingen",
    "tags": "Schlagwörter | Schlagworte | Étiquettes | Etichette | Etiquetas | Labels",
    "group": "Gruppe | Kundengruppe | Groupe | Gruppo | Grupo | Groep",
    "signed_up_at": "Kunde seit | Mitglied seit | Beitrittsdatum | Anmeldedatum | Date d'inscription | Inscrit le | "
    "Data di iscrizione | Fecha de alta | Fecha de registro | Data de registo | Klant sinds",
}
#: Before a name of an address, where it is another one than home: ``Liefer-Ort``, ``Lieferung: PLZ``.
DELIVERY: Final = (
    "Liefer",
    "Lieferadresse",
    "Lieferung",
    "Livraison",
    "Spedizione",
    "Consegna",
    "Envío",
    "Entrega",
)


def names_of(field: str) -> tuple[str, ...]:
    """The names of a field in other languages; none of a field that has none."""
    return tuple(name.strip() for name in PEOPLE.get(field, "").split("|") if name.strip())


def delivery_names_of(field: str) -> tuple[str, ...]:
    """The same of an address of its own: ``Liefer Ort``, ``Ville livraison``."""
    both = ((f"{word} {name}", f"{name} {word}") for word in DELIVERY for name in names_of(field))
    return tuple(name for pair in both for name in pair)
