// Buyers in the line of a waiting room.
//
//     join ─► line ─► … ─► knock ─► line ─► … ─► called ─► checkout ─► purchase ─► leave
//       └► leave        └► sold out ─► leave
//
// A buyer asks how the whole line stands, as everybody does, and now and then where its own ticket stands. A jumper
// does not wait: it shows a ticket that must not count, and leaves when it is refused.

import Audit

extension Buyer {
    /// Every so many times a buyer asks for its own place, and not for the line.
    private static let pollsPerKnock: UInt8 = 4
    /// How often a buyer comes to a room that is not open yet.
    private static let earlyTries: UInt8 = 20
    /// The share of the leavers that never come back.
    private static let gone = 0.6
    /// How long after its call a leaver comes at least, and how much longer it may take, in seconds.
    private static let lateness = (least: 5.0, more: 20.0)

    /// The ticket that an errand shows.
    func ticket(for errand: Errand) -> String? {
        switch errand {
        case .knock(let pass): place.ticket(pass)
        case .checkout: place.ticket(place.shows)
        default: nil
        }
    }

    /// - Returns: nil if the answer is none to a buyer in line.
    mutating func hearInLine(_ reply: Reply) -> Decision? {
        guard reply.outcome.isDecision else { return .leave }
        retriesLeft = Int8(kind.habits.retries)
        switch plan {
        case .join:
            if place.own == nil {
                guard reply.reason == .saleNotActive, place.polls < Self.earlyTries else { return .leave }
                // The room is not open yet.
                place.polls += 1
                return .pause(Int64(reply.retryAfter ?? 1) * 1_000_000_000 + think())
            }
            if kind == .jumper { return jump(reply.strangersTicket) }
            if kind == .leaver, random.chance(Self.gone) { return .leave }
            return comeOrWait(reply.queue)
        case .knock(.other) where kind == .jumper:
            plan = .checkout(item: 0)
            return .pause(think())
        case .knock(.own) where kind == .twoDevices && place.other != nil:
            plan = .knock(.other)
            return .pause(think())
        case .knock:
            return comeOrWait(reply.queue)
        case .line:
            if reply.queue?.isEnd ?? false { return .leave }
            if place.number == nil, reply.queue?.isDrawn ?? false {
                plan = .knock(.own)
                return .pause(think())
            }
            return comeOrWait(reply.queue)
        case .checkout where reply.reason == .waitingRoom:
            if kind == .jumper { return .leave }
            plan = .line
            return .pause(Int64(reply.retryAfter ?? 1) * 1_000_000_000)
        case .checkout where reply.outcome == .soldOut && reply.reason != .allItemsSold && itemsLeft > 1:
            itemsLeft -= 1
            plan = .checkout(item: 0)
            return .pause(think())
        case .checkout where reply.outcome == .won:
            // One unit is enough.
            itemsLeft = 1
            return nil
        default:
            return nil
        }
    }

    private mutating func comeOrWait(_ news: QueueNews?) -> Decision {
        if place.isCalled(news) {
            plan = .checkout(item: 0)
            guard kind == .leaver else { return .pause(think()) }
            return .pause(Int64((Self.lateness.least + Self.lateness.more * random.fraction()) * 1e9))
        }
        place.polls &+= 1
        plan = place.polls.isMultiple(of: Self.pollsPerKnock) ? .knock(.own) : .line
        // What everybody is told must not bring everybody back at once.
        return .pause(Int64(Double(news?.pollAfter ?? 2_000) * (0.75 + random.fraction() / 2) * 1e6))
    }

    /// Shows a ticket that must not count.
    private mutating func jump(_ strangersTicket: String?) -> Decision {
        plan = .checkout(item: 0)
        switch random.below(4) {
        case 0: place.shows = .none
        case 1: place.shows = .own
        case 2:
            place.shows = .other
            place.other = place.own.map(Self.forge)
            plan = .knock(.other)
        default:
            place.shows = .other
            place.other = strangersTicket ?? place.own.map(Self.forge)
            plan = .knock(.other)
        }
        return .pause(think())
    }

    /// The ticket with another character near its end.
    private static func forge(_ ticket: String) -> String {
        var bytes = Array(ticket.utf8)
        guard bytes.count > 4 else { return ticket }
        bytes[bytes.count - 4] = bytes[bytes.count - 4] == UInt8(ascii: "x") ? UInt8(ascii: "y") : UInt8(ascii: "x")
        return String(decoding: bytes, as: UTF8.self)
    }
}
