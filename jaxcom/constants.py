"""Physical constants of the SI (2019)."""

c = 299_792_458.0  # speed of light in m/s, exact
k_B = 1.380649e-23  # Boltzmann's constant in J/K, exact
# Reduced Planck constant in J s, to the ten digits that CODATA prints and the 50-digit reference
# states were computed with; h / (2 pi) is larger by 6.1e-10 of it.
hbar = 1.054571817e-34
