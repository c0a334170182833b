// SplitMix64, after Steele, Lea and Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014.

/// A random generator whose whole state is eight bytes. The same seed gives the same numbers; none of them is a secret.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    /// The step from the state of one number to the state of the next. It is odd, so that 2^64 numbers differ.
    @inlinable
    public static var step: UInt64 { 0x9E37_79B9_7F4A_7C15 }

    @usableFromInline var state: UInt64

    @inlinable
    public init(seed: UInt64) {
        state = seed
    }

    @inlinable
    public mutating func next() -> UInt64 {
        state &+= Self.step
        return Self.mix(state)
    }

    /// The generator's last step alone: every input bit reaches every output bit, and no two inputs share an output.
    @inlinable
    public static func mix(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
