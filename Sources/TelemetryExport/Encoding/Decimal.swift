// Decimal numbers into bytes, without a String between.

extension [UInt8] {
    /// Appends the digits of a number, and its sign if it is negative.
    mutating func append(decimal value: some FixedWidthInteger) {
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

    /// Appends the last digits of a number, with leading zeros.
    mutating func append(decimal value: Int, width: Int) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            append(0x30 + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
