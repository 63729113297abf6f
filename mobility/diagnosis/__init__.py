"""The mobility diagnosis: a questionnaire as versioned data, what it finds, how it is compared."""
