// Numbers as hexadecimal digits, without a loop over the digits.

extension UnsafeMutableRawBufferPointer {
    /// Writes the 16 lower-case digits of a number from a place on.
    public func write(hexadecimal number: UInt64, at place: Int) {
        storeBytes(of: Self.digits(number >> 32).bigEndian, toByteOffset: place, as: UInt64.self)
        storeBytes(of: Self.digits(number & 0xFFFF_FFFF).bigEndian, toByteOffset: place + 8, as: UInt64.self)
    }

    /// The eight digits of a number of 32 bits, all at once: each of its nibbles moves into a byte of its own.
    private static func digits(_ number: UInt64) -> UInt64 {
        var nibbles = (number | number << 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles << 4) & 0x0F0F_0F0F_0F0F_0F0F
        // 1 in the bytes of ten and more, whose digits begin 0x27 after those of the others.
        let letters = (nibbles + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return nibbles + 0x3030_3030_3030_3030 + letters * 0x27
    }
}

extension String {
    /// The 32 lower-case digits of 128 bits.
    public init(hexadecimal high: UInt64, _ low: UInt64) {
        self.init(unsafeUninitializedCapacity: 32) { buffer in
            let memory = UnsafeMutableRawBufferPointer(buffer)
            memory.write(hexadecimal: high, at: 0)
            memory.write(hexadecimal: low, at: 16)
            return 32
        }
    }
}
