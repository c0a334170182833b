// One stream of events: what it has got, and until when it lives.

internal import FlashSale
internal import NIOCore
internal import Telemetry

/// A listener to the events of a sale. It belongs to its channel's event loop.
final class LiveListener {
    let sale: SaleID
    private let channel: any Channel
    private let limits: HTTPLimits
    private let instruments: LiveInstruments
    private var place: LiveTopic.Place
    /// When the stream ends, so that listeners spread anew over the instances.
    private let end: MonotonicTime
    private var sentAt = MonotonicTime.now
    /// Since when the client has not read all that it was sent.
    private var unreadSince: MonotonicTime?

    init(
        to sale: SaleID, from place: LiveTopic.Place, on channel: any Channel, limits: HTTPLimits,
        instruments: LiveInstruments
    ) {
        self.sale = sale
        self.place = place
        self.channel = channel
        self.limits = limits
        self.instruments = instruments
        end = .now + limits.liveTime * Double.random(in: 0.8...1.2)
    }

    /// Sends what the listener lacks, unless it has not read what came before. Then it gets the newest later.
    func turn(_ topic: LiveTopic, isDraining: Bool, at now: MonotonicTime) {
        guard channel.unsentBytes == 0 else {
            instruments.skippedTotal.increment()
            let since = unreadSince ?? now
            unreadSince = since
            if isDraining || since + limits.liveUnreadTime <= now { channel.close(promise: nil) }
            return
        }
        unreadSince = nil
        if isDraining || end <= now { return leave() }
        if let frames = topic.frames(since: place) {
            place = .after(topic.number)
            instruments.eventsTotal.increment()
            send(frames, at: now)
        } else if sentAt + limits.liveCommentInterval <= now {
            send(ByteBuffer(staticString: ":\n\n"), at: now)
        }
    }

    private func send(_ bytes: ByteBuffer, at now: MonotonicTime) {
        sentAt = now
        channel.writeAndFlush(bytes, promise: nil)
    }

    /// Tells the client to come back in a while, not with all others at once.
    private func leave() {
        let retry = Int.random(in: 1_000...5_000)
        channel.writeAndFlush(ByteBuffer(string: "retry: \(retry)\nevent: bye\ndata: {}\n\n")).whenComplete {
            [channel] _ in channel.close(promise: nil)
        }
    }
}
