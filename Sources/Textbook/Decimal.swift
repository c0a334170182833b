// Numbers as digits in bytes, without a String in between.

extension [UInt8] {
    /// Appends the digits of a number, after a minus sign if it is negative.
    @inlinable
    public mutating func append(decimal value: some FixedWidthInteger) {
        // A digit takes more than three bits.
        let capacity = value.bitWidth / 3 + 2
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { text in
            var start = capacity
            var rest = value.magnitude
            repeat {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                start -= 1
                text[start] = 0x30 + UInt8(truncatingIfNeeded: digit)
                rest = quotient
            } while rest > 0
            if value < 0 {
                start -= 1
                text[start] = 0x2D
            }
            self += text[start...]
        }
    }

    /// Appends the last digits of a number that is not negative, with leading zeros.
    public mutating func append(decimal value: Int, width: Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: width) { digits in
            var rest = value
            for place in (0..<width).reversed() {
                digits[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            self += digits
        }
    }
}
