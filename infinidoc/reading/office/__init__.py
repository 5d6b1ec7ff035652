"""Files of word processors and of presentations: DOCX, ODT, RTF, PPTX."""
