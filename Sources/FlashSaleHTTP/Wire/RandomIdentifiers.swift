// Request ids. They are not secret, so they need no call to the system.

extension String {
    /// A number as 13 digits of Crockford's base 32. A string of that length needs no allocation.
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
