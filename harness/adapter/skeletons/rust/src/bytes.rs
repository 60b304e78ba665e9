//! Base64, and SHA-256 in the two halves that the protocol has.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes that a text in base64 stands for, None if it is none.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    if text.len() % 4 != 0 {
        return None;
    }
    let digits = text.trim_end_matches('=');
    if text.len() - digits.len() > 2 {
        return None;
    }
    let mut values = [64u8; 256];
    for (value, digit) in ALPHABET.iter().enumerate() {
        values[*digit as usize] = value as u8;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0);
    for digit in digits.bytes() {
        let value = values[digit as usize];
        if value == 64 {
            return None;
        }
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

/// The digest as two numbers, the first 16 bytes first.
pub fn sha256(data: &[u8]) -> [u128; 2] {
    let primes = primes();
    let mut state: [u32; 8] = std::array::from_fn(|index| fraction((primes[index] as f64).sqrt()));
    let constants: [u32; 64] = std::array::from_fn(|index| fraction((primes[index] as f64).cbrt()));
    let mut padded = data.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 8).div_ceil(64) * 64 - 8, 0);
    padded.extend((data.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks_exact(64) {
        compress(&mut state, block, &constants);
    }
    let half = |words: &[u32]| {
        words
            .iter()
            .fold(0u128, |number, word| number << 32 | *word as u128)
    };
    [half(&state[..4]), half(&state[4..])]
}

fn compress(state: &mut [u32; 8], block: &[u8], constants: &[u32; 64]) {
    let mut words = [0u32; 64];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    for t in 16..64 {
        let (a, b) = (words[t - 15], words[t - 2]);
        let low = a.rotate_right(7) ^ a.rotate_right(18) ^ a >> 3;
        let high = b.rotate_right(17) ^ b.rotate_right(19) ^ b >> 10;
        words[t] = words[t - 16]
            .wrapping_add(low)
            .wrapping_add(words[t - 7])
            .wrapping_add(high);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for t in 0..64 {
        let mixed = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let chosen = e & f ^ !e & g;
        let one = [h, mixed, chosen, constants[t], words[t]]
            .into_iter()
            .fold(0, u32::wrapping_add);
        let spread = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let two = spread.wrapping_add(a & b ^ a & c ^ b & c);
        (h, g, f, e) = (g, f, e, d.wrapping_add(one));
        (d, c, b, a) = (c, b, a, one.wrapping_add(two));
    }
    for (word, more) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(more);
    }
}

/// The first 32 bits of the fractional part.
fn fraction(number: f64) -> u32 {
    (number.fract() * 4294967296.0) as u32
}

fn primes() -> Vec<u32> {
    (2u32..)
        .filter(|n| (2..*n).all(|divisor| n % divisor != 0))
        .take(64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_the_standard() {
        assert_eq!(sha256(b"abc")[0], 0xba7816bf8f01cfea414140de5dae2223);
        assert_eq!(sha256(b"abc")[1], 0xb00361a396177a9cb410ff61f20015ad);
        assert_eq!(sha256(&[b'a'; 64])[0] >> 96, 0xffe054fe);
    }

    #[test]
    fn base64_has_padding() {
        assert_eq!(from_base64("+/8="), Some(vec![0xfb, 0xff]));
        assert_eq!(from_base64("+/8"), None);
        assert_eq!(from_base64("-_8="), None);
    }
}
