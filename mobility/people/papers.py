"""The papers of a person: kinds of documents, with their French names. A policy may ask for some."""

from __future__ import annotations

PAPER_LABELS = {
    "identity": "pièce d’identité",
    "licence": "copie du permis",
    "work_proof": "contrat de travail ou promesse d’embauche",
    "training_proof": "attestation d’entrée en formation",
    "prescription": "prescription (fiche de liaison)",
    "address_proof": "justificatif de domicile",
    "insurance_proof": "attestation de responsabilité civile",
}
