// The form of names that clients and other programs choose.

extension String {
    /// Whether the text is 1 to so many of `A-Z a-z 0-9 . _ : @ -`.
    public func isIdentifier(lengthMax: Int) -> Bool {
        var text = self
        return text.withUTF8 { bytes in
            (1...lengthMax).contains(bytes.count)
                && bytes.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x3A, 0x40...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true  // 0-9 : @ A-Z a-z - . _
                    default: false
                    }
                }
        }
    }
}
