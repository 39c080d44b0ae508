//! What few cells have: kept once and named by number in the cells.

/// The name of an extra in the store; the default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ExtraId(u16);

impl ExtraId {
    /// Bits of a number.
    pub(super) const BITS: u32 = 12;

    /// Nothing more than colours and attributes.
    pub const NONE: Self = Self(0);

    pub(super) const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    pub(super) const fn bits(self) -> u16 {
        self.0
    }
}
