// The memory under every instrument: rows of 64-bit atomics. The instruments give the cells their meaning.
//
// The hot path reaches everything by bare pointers. The reference count of a shared array or object would be one more
// word that all threads write to, and would cost more than the observation.

public import Synchronization

/// A fixed number of rows of atomic words, each row on cache lines of its own, so that two series never contend.
///
/// Unchecked because a pointer does not say that its memory may be shared; atomics may.
@usableFromInline
struct AtomicCells: ~Copyable, @unchecked Sendable {
    /// 64 bytes: the cache line of x86-64 and of most ARM servers.
    private static let wordsPerLine = 8

    @usableFromInline let words: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline let stride: Int
    private let count: Int

    init(rows: Int, wordsPerRow: Int) {
        let lines = (wordsPerRow + Self.wordsPerLine - 1) / Self.wordsPerLine
        stride = lines * Self.wordsPerLine
        count = rows * stride
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * 8, alignment: Self.wordsPerLine * 8)
        words = memory.bindMemory(to: Atomic<UInt64>.self, capacity: count)
        for word in 0..<count {
            (words + word).initialize(to: Atomic(0))
        }
    }

    deinit {
        words.deinitialize(count: count)
        UnsafeMutableRawPointer(words).deallocate()
    }

    @inlinable
    func add(_ amount: UInt64, row: Int, word: Int = 0) {
        words[row &* stride &+ word].wrappingAdd(amount, ordering: .relaxed)
    }

    @inlinable
    func store(_ value: UInt64, row: Int, word: Int = 0) {
        words[row &* stride &+ word].store(value, ordering: .relaxed)
    }

    /// Replaces the value unless another thread has changed it; then returns false.
    func exchange(_ value: UInt64, ifStill expected: UInt64, row: Int, word: Int) -> Bool {
        words[row * stride + word].compareExchange(expected: expected, desired: value, ordering: .relaxed).exchanged
    }

    @inlinable
    func load(row: Int, word: Int = 0) -> UInt64 {
        words[row &* stride &+ word].load(ordering: .relaxed)
    }
}
