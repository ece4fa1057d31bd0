//! Numbers that look random and are the same every time (SplitMix64 over the seed, the run and a name).

/// A stream of numbers.
pub struct Draws(u64);

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

fn mixed(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

impl Draws {
    /// The stream of a seed, a run and a name.
    pub fn new(seed: u64, run: u32, name: &str) -> Self {
        let name = name
            .bytes()
            .fold(0xCBF2_9CE4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
        Self(mixed(mixed(seed.wrapping_add(STEP)) ^ mixed(u64::from(run).wrapping_mul(STEP).wrapping_add(1)) ^ name))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// A number from 0 to below 1000.
    pub fn permille(&mut self) -> i32 {
        i32::try_from(self.next() % 1000).unwrap_or(0)
    }

    /// A number of days out of a triangle: least, most often, most.
    pub fn triangle(&mut self, [low, likely, high]: [i64; 3]) -> i64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits, and days are small")]
        let (unit, low_, likely_, high_) =
            ((self.next() >> 11) as f64 / (1u64 << 53) as f64, low as f64, likely as f64, high as f64);
        if high <= low {
            return low;
        }
        let (width, rise, fall) = (high_ - low_, likely_ - low_, high_ - likely_);
        let drawn = if unit * width < rise {
            low_ + (unit * width * rise).sqrt()
        } else {
            high_ - ((1.0 - unit) * width * fall).sqrt()
        };
        #[expect(clippy::cast_possible_truncation, reason = "between low and high")]
        let days = drawn.round() as i64;
        days.clamp(low, high)
    }
}
