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
        let start = count
        self += repeatElement(0x30, count: width)
        withUnsafeMutableBufferPointer { $0.write(decimal: value, at: start, width: width) }
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Writes the last digits of a number that is not negative, with leading zeros, from a place on.
    func write(decimal value: Int, at start: Int, width: Int) {
        var rest = value
        for place in (start..<start + width).reversed() {
            self[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}
