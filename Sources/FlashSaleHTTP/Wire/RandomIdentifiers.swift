// Request ids without a call to the system for each. They are no secrets.

extension String {
    /// A number as 13 digits of Crockford's base 32: short enough that the string needs no allocation.
    init(identifier number: UInt64) {
        self.init(unsafeUninitializedCapacity: 13) { buffer in
            let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
            for index in 0..<13 {
                buffer[index] = alphabet.utf8Start[Int(number >> UInt64(60 - 5 * index) & 31)]
            }
            return 13
        }
    }
}
