// The memory for spans. Later traces use it again.

internal import Synchronization

/// A free list of pieces of memory for the spans of one trace each.
final class SpanMemory: Sendable {
    typealias Piece = UnsafeMutablePointer<SpanRecord>

    /// Unchecked because a pointer does not show its owner: the list or one trace.
    private struct FreePiece: @unchecked Sendable {
        let spans: Piece
    }

    /// Spans in a piece. A trace that needs more gets a larger piece, which is not kept.
    static let spansPerPiece = 16
    /// Pieces kept for later: about a megabyte.
    static let piecesMax = 512

    private let free: Mutex<[FreePiece]>

    init() {
        var pieces: [FreePiece] = []
        pieces.reserveCapacity(Self.piecesMax)
        free = Mutex(pieces)
    }

    deinit {
        free.withLock { pieces in
            for piece in pieces { piece.spans.deallocate() }
        }
    }

    /// Uninitialised memory for ``spansPerPiece`` spans.
    func take() -> Piece {
        free.withLock { $0.popLast() }?.spans ?? .allocate(capacity: Self.spansPerPiece)
    }

    /// Takes back uninitialised memory of the size that ``take()`` gives.
    func give(_ spans: Piece) {
        let piece = FreePiece(spans: spans)
        let isKept = free.withLock { pieces in
            guard pieces.count < Self.piecesMax else { return false }
            pieces.append(piece)
            return true
        }
        if !isKept { spans.deallocate() }
    }

    /// Pieces that wait to be used again.
    var count: Int { free.withLock { $0.count } }
}
