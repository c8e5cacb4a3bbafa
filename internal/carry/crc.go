package carry

import "hash/crc32"

// combine returns the CRC-32 of two files put together, from the sums a and b of both and the bytes of the second.
//
// A CRC is a polynomial over GF(2), modulo the IEEE one. Bytes behind the first file multiply its sum by x^8 each, so
// it takes one multiplication with x^(8n), which squaring gives in log n steps. Bits are reflected: 1<<31 is x^0.
func combine(a, b uint32, n int64) uint32 {
	power, square := uint32(1<<31), uint32(1<<23) // x^0; x^8
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			power = multiply(power, square)
		}
		square = multiply(square, square)
	}
	return multiply(power, a) ^ b
}

func multiply(a, b uint32) uint32 {
	var product uint32
	for bit := uint32(1 << 31); bit != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		if b&1 != 0 {
			b = b>>1 ^ crc32.IEEE
		} else {
			b >>= 1
		}
	}
	return product
}
