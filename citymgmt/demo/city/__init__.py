"""The schematic district: as it is drawn, as it is stored, and the components along its roads."""
