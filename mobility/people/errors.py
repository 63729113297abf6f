"""What the people room refuses."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class NameUnreadable(RuleViolation):
    """A name is empty, too long, or holds no letter."""

    code = "name_unreadable"
    template = "Écrivez un nom avec des lettres, %(limit)s caractères au plus."


class BirthDateImpossible(RuleViolation):
    """The birth date lies in the future or too far in the past."""

    code = "birth_date_impossible"
    field = "born_on"
    template = "Cette date de naissance n’est pas possible. Vérifiez l’année."


class TooYoung(RuleViolation):
    """The person is younger than the platform accompanies."""

    code = "too_young"
    field = "born_on"
    template = "L’accompagnement commence à %(age)s ans. Cette personne en a %(has)s."


class FranceTravailIdUnreadable(RuleViolation):
    """The id of France Travail has neither of its two shapes."""

    code = "france_travail_id_unreadable"
    field = "france_travail_id"
    template = (
        "L’identifiant France Travail a 7 chiffres puis une lettre ou un chiffre (1234567A), ou 11 chiffres. "
        "Recopiez-le depuis l’espace personnel ou un courrier."
    )


class NephUnreadable(RuleViolation):
    """The NEPH has not 12 digits."""

    code = "neph_unreadable"
    field = "neph"
    template = "Le numéro NEPH a 12 chiffres. Il est écrit sur le dossier d’inscription au permis."


class LicenceNumberUnreadable(RuleViolation):
    """A licence number has no known shape."""

    code = "licence_number_unreadable"
    field = "number"
    template = "Ce numéro de permis n’est pas lisible : 12 chiffres, ou lettres et chiffres pour un permis ancien."


class LicenceCodeUnreadable(RuleViolation):
    """A restriction code has not the shape of one."""

    code = "licence_code_unreadable"
    field = "codes"
    template = "Le code « %(code)s » n’existe pas. Écrivez les codes du permis ainsi : 01.06, 78."


class LicenceDatesBackwards(RuleViolation):
    """A licence has dates out of order."""

    code = "licence_dates_backwards"
    template = "Ces dates ne se suivent pas. Vérifiez-les sur le permis."


class LicenceTwice(RuleViolation):
    """The person already holds this category."""

    code = "licence_twice"
    field = "category"
    template = "Cette catégorie est déjà dans la fiche. Modifiez-la plutôt."


class PhoneUnreadable(RuleViolation):
    """A phone number cannot be one."""

    code = "phone_unreadable"
    field = "value"
    template = "Ce numéro de téléphone n’est pas possible. Écrivez-le ainsi : 06 39 98 12 34, ou +32… pour l’étranger."


class EmailUnreadable(RuleViolation):
    """An e-mail address cannot be one."""

    code = "email_unreadable"
    field = "value"
    template = "Cette adresse e-mail n’est pas possible. Vérifiez-la, par exemple : prenom.nom@exemple.fr."


class ContactTwice(RuleViolation):
    """The person already has this phone or mailbox."""

    code = "contact_twice"
    field = "value"
    template = "Ce contact est déjà dans la fiche."


class HolderUnnamed(RuleViolation):
    """A contact of somebody else needs that person's name."""

    code = "holder_unnamed"
    field = "holder_name"
    template = (
        "Écrivez à qui est ce téléphone ou cette boîte : la personne qui décroche doit savoir qui nous cherchons."
    )


class SafeHoursHalf(RuleViolation):
    """Safe hours have a beginning and an end, and these differ."""

    code = "safe_hours_half"
    field = "safe_until"
    template = "Écrivez le début et la fin des heures où l’on peut appeler, deux heures différentes."


class SecondSecretNeeded(RuleViolation):
    """A shared phone asks for a second secret."""

    code = "second_secret_needed"
    field = "second_secret"
    template = (
        "Ce téléphone est partagé : choisissez avec la personne un code personnel, "
        "un mot ou un nombre qui lui sera demandé en plus pour se connecter."
    )


class SecondSecretWeak(RuleViolation):
    """The second secret is too short, or is in the file."""

    code = "second_secret_weak"
    field = "second_secret"
    template = (
        "Ce code personnel est trop facile à deviner. Prenez au moins 6 caractères, ni un nom ni une date de la fiche."
    )


class SecondSecretStillNeeded(RuleViolation):
    """The second secret cannot go while a phone is shared."""

    code = "second_secret_still_needed"
    template = "Un téléphone de la fiche est partagé : le code personnel reste nécessaire. Changez-le, ou retirez ce téléphone."


class CommuneUnknown(RuleViolation):
    """No commune has this INSEE code."""

    code = "commune_unknown"
    field = "insee_code"
    template = "Cette commune n’est pas connue. Choisissez-la dans la liste."


class PostcodeUnreadable(RuleViolation):
    """A postcode has not five digits."""

    code = "postcode_unreadable"
    field = "postcode"
    template = "Le code postal a 5 chiffres, par exemple 59220."


class RepresentativeUnnamed(RuleViolation):
    """A representative is a person or an organisation."""

    code = "representative_unnamed"
    field = "last_name"
    template = "Écrivez le nom du représentant, ou celui du service."


class RepresentativeMissing(RuleViolation):
    """Nobody can sign for a minor or a protected adult."""

    code = "representative_missing"
    template = (
        "Cette personne a besoin d’un représentant qui signe avec elle ou pour elle. "
        "Ajoutez-le dans la fiche avant de continuer."
    )


class DatesBackwards(RuleViolation):
    """A period ends before it begins."""

    code = "dates_backwards"
    field = "valid_until_on"
    template = "La fin vient avant le début. Vérifiez les deux dates."


class DuplicateSuspected(RuleViolation):
    """Another file may be the same person's; the creation waits for a decision."""

    code = "duplicate_suspected"
    template = (
        "Une ou plusieurs fiches ressemblent à celle-ci. Ouvrez la bonne, "
        "ou confirmez qu’il s’agit d’une autre personne."
    )


class FileErased(RuleViolation):
    """The file was erased."""

    code = "file_erased"
    template = "Cette fiche a été effacée : elle ne peut plus changer."


class FileMerged(RuleViolation):
    """The file was merged into another."""

    code = "file_merged"
    template = "Cette fiche a été réunie avec une autre. Ouvrez l’autre fiche."


class MergeImpossible(RuleViolation):
    """Two files cannot become one."""

    code = "merge_impossible"
    template = "Ces deux fiches ne peuvent pas être réunies : %(reason)s."


class NamedStaffNeeded(RuleViolation):
    """A protected file without named staff would be lost to everybody."""

    code = "named_staff_needed"
    field = "user_ids"
    template = "Choisissez au moins une personne de l’équipe qui garde l’accès à cette fiche."


class StaffUnfit(RuleViolation):
    """A chosen user may not open files."""

    code = "staff_unfit"
    template = "Cette personne de l’équipe n’est pas conseillère ou responsable dans cette antenne."


class RepresentativeEnded(RuleViolation):
    """The representative's mandate is already over."""

    code = "representative_ended"
    template = "Ce mandat est déjà terminé."


class ConsentStands(RuleViolation):
    """The consent was already given."""

    code = "consent_stands"
    field = "kind"
    template = "Cet accord est déjà noté."


class ConsentMissing(RuleViolation):
    """The consent was not given, or was taken back already."""

    code = "consent_missing"
    template = "Cet accord n’est plus en cours."


class NoteWithoutSomebody(RuleViolation):
    """A note needs a person or at least a name."""

    code = "note_without_somebody"
    field = "caller_name"
    template = "Écrivez qui a appelé ou est venu, même un prénom."


class OutcomeNeeded(RuleViolation):
    """A call back is done, and nobody says what came of it."""

    code = "outcome_needed"
    field = "outcome"
    template = "Écrivez en quelques mots ce qui s’est dit, ou que personne n’a répondu malgré plusieurs essais."


class NoteClosed(RuleViolation):
    """Nobody has to call back, or it is done."""

    code = "note_closed"
    template = "Ce rappel est déjà fait, ou personne n’a à rappeler."


class RequestOpenAlready(RuleViolation):
    """The same right is already being handled."""

    code = "request_open_already"
    field = "kind"
    template = "Une demande de ce type est déjà en cours. Nous répondrons avant le %(due_on)s."


class ReasonNeeded(RuleViolation):
    """The decision must be explained."""

    code = "reason_needed"
    template = "Écrivez la raison : la personne a le droit de la connaître."


class RequestExtendedAlready(RuleViolation):
    """The clock of a request can be extended once."""

    code = "request_extended_already"
    template = "Le délai a déjà été prolongé : il ne peut plus l’être."


class ErasureHeld(RuleViolation):
    """Evidence must be kept for a while; the file is restricted meanwhile."""

    code = "erasure_held"
    template = (
        "Des pièces de cette fiche doivent être gardées jusqu’au %(until)s (prêts, comptes). "
        "Archivez la fiche : elle s’effacera à cette date."
    )


class ItemSettled(RuleViolation):
    """The line of a retention run was already dealt with."""

    code = "item_settled"
    template = "Cette ligne n’est plus à décider."
