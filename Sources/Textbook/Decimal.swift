// Numbers as digits in bytes, without a String in between.

extension [UInt8] {
    /// Appends the digits of a number, after a minus sign if it is negative.
    @inlinable
    public mutating func append(decimal value: some FixedWidthInteger) {
        guard value != 0 else { return append(0x30) }
        if value < 0 { append(0x2D) }
        let start = count
        var rest = value.magnitude
        while rest > 0 {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            append(0x30 + UInt8(truncatingIfNeeded: digit))
            rest = quotient
        }
        self[start...].reverse()
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
