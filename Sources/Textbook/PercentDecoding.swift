// Percent escapes (RFC 3986, section 2.1) and the hexadecimal digits that they consist of.

extension [UInt8] {
    /// Decodes percent escapes; `+` stays a plus sign. Nil if two hexadecimal digits do not follow each percent sign.
    public init?(percentDecoding bytes: some Collection<UInt8>) {
        self = []
        reserveCapacity(bytes.count)
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            guard byte == 0x25 else {
                append(byte)
                continue
            }
            guard let high = iterator.next()?.hexadecimalDigit, let low = iterator.next()?.hexadecimalDigit else {
                return nil
            }
            append(high << 4 | low)
        }
    }
}

extension UInt8 {
    /// The value of the byte as an ASCII hexadecimal digit of either case.
    var hexadecimalDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}
