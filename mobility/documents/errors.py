"""What the documents refuse."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class UploadRefused(RuleViolation):
    """The file cannot be kept; the root of what an upload may meet."""

    code = "upload_refused"
    field = "file"


class EmptyFile(UploadRefused):
    """Nothing was sent, or a file of no bytes."""

    code = "empty_file"
    template = "Ce fichier est vide. Choisissez-en un autre."


class FileTooLarge(UploadRefused):
    """The file is larger than the setting MAX_UPLOAD_MB."""

    code = "file_too_large"
    template = "Ce fichier est trop lourd : %(limit_mb)s Mo au plus. Une photo en qualité moyenne suffit."


class UnknownFileType(UploadRefused):
    """The content is none of the types that are taken, whatever the name says."""

    code = "unknown_file_type"
    template = "Ce type de fichier n’est pas accepté. Envoyez une photo (JPEG, HEIC, PNG, WebP) ou un PDF."


class PictureNeeded(UploadRefused):
    """A picture is needed here, and this is none."""

    code = "picture_needed"
    template = "Envoyez une photo (JPEG, HEIC, PNG ou WebP)."


class DamagedFile(UploadRefused):
    """The file says that it is of a type, and cannot be read as such."""

    code = "damaged_file"
    template = "Ce fichier est abîmé : il ne s’ouvre pas. Enregistrez-le à nouveau, ou prenez une photo."


class PictureTooLarge(UploadRefused):
    """A picture with more pixels than any camera gives: it would fill the memory."""

    code = "picture_too_large"
    template = "Cette image est trop grande : %(limit)s millions de pixels au plus."


class LockedPdf(UploadRefused):
    """A PDF that a password keeps shut."""

    code = "locked_pdf"
    template = "Ce PDF est protégé par un mot de passe. Enregistrez-le sans mot de passe, ou prenez une photo."


class PdfTooLong(UploadRefused):
    """A PDF with more pages than a paper has."""

    code = "pdf_too_long"
    template = "Ce PDF a trop de pages : %(limit)s au plus. Envoyez seulement les pages utiles."


class MaskInvalid(RuleViolation):
    """A rectangle that hides nothing, or lies beside the page."""

    code = "mask_invalid"
    template = "Dessinez au moins un rectangle sur ce qui doit être caché."
