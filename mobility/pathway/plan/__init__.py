"""The plan: how it is proposed, frozen, signed and shown. What changes it stands in ``pathway.services``."""
