// One buyer: a state machine without clock or socket. Its owner performs its decisions and tells it the outcomes.
//
//     arrive ─► look ─► checkout ─┬─► (more items) ─► purchase ─► leave
//                 └► leave        ├─► cancel ─► leave
//                                 └─► leave, and let the holds lapse
//
// A hoarder lets its holds lapse and checks out again, until the service refuses it. One kind only purchases, with
// codes that nobody got; some only keep a connection. Buyers in line are in Buyer+Line.swift.
// Some kinds of buyers first try again a request that was shed or not answered.

import Audit
import Textbook

/// A virtual buyer, small enough that a hundred thousand of them cost nothing while they think.
struct Buyer: Sendable {
    enum Decision: Hashable, Sendable {
        case send(Errand)
        /// The same request twice, at once; both answers come to `hear`.
        case sendTwice(Errand)
        /// Wake the buyer after this many nanoseconds.
        case pause(Int64)
        /// Take a connection and keep it; then leave.
        case occupy(Attack)
        /// The buyer waits for another answer.
        case wait
        case leave
    }

    /// The buyer's part of a `user_id`, unique in a run.
    let number: UInt32
    let kind: BuyerKind
    /// The code of the buyer's cart.
    private(set) var code: String?
    /// Distinguishes the buyer's purchases that carry a key; a retry has the same.
    private(set) var keyNumber: UInt8 = 0

    /// Its place in line.
    var place = PlaceInLine()

    var plan: Errand
    var itemsLeft: Int8
    var retriesLeft: Int8
    private var answersDue: Int8 = 0
    var random: SplitMix64

    init(number: UInt32, kind: BuyerKind, seed: UInt64) {
        self.number = number
        self.kind = kind
        random = SplitMix64(seed: seed, stream: UInt64(number) + 1)
        let habits = kind.habits
        itemsLeft = habits.items >= 100 ? Int8(habits.items) : Int8(1 + random.below(habits.items))
        retriesLeft = Int8(habits.retries)
        plan =
            switch habits.begins {
            case .look, .occupy: .look
            // Item 0 stands for one that is not chosen yet.
            case .take: .checkout(item: 0)
            case .join: .join
            case .makeUpCodes: .purchase
            case .listen: .listen
            }
    }

    /// The buyer has arrived, or its pause is over.
    mutating func wake(_ shelf: Shelf) -> Decision {
        if let attack = kind.habits.attack { return .occupy(attack) }
        answersDue = 1
        switch plan {
        case .checkout(item: 0):
            plan = .checkout(item: shelf.pick(hot: kind.habits.hot, &random))
            return .send(plan)
        case .purchase where kind.habits.clicks > 1, .join where kind == .twoDevices:
            answersDue = 2
            return .sendTwice(plan)
        default:
            return .send(plan)
        }
    }

    /// The answer to one of the buyer's errands.
    ///
    /// - Parameter holdSeconds: how long a hold lasts, for buyers that come late.
    mutating func hear(_ reply: Reply, holdSeconds: Double) -> Decision {
        answersDue -= 1
        if let given = reply.code { code = given }
        if let news = reply.queue { place.hear(news) }
        guard answersDue == 0 else { return .wait }
        if reply.outcome == .shed || reply.outcome == .unknown, retriesLeft > 0 {
            retriesLeft -= 1
            let told = kind.habits.heedsRetryAfter ? Double(reply.retryAfter ?? 1) : 0
            return .pause(Int64(told * 1e9) + think())
        }
        if kind.habits.begins == .join, let decision = hearInLine(reply) { return decision }
        switch plan {
        case .look:
            guard case .look(let takers) = kind.habits.begins, random.chance(takers) else { return .leave }
            plan = .checkout(item: 0)
            return .pause(think())
        case .checkout:
            itemsLeft -= 1
            if itemsLeft > 0, reply.outcome == .won || reply.outcome == .soldOut {
                plan = .checkout(item: 0)
                return .pause(think())
            }
            return settle(holdSeconds: holdSeconds)
        case .purchase where kind.habits.begins == .makeUpCodes && itemsLeft > 1:
            itemsLeft -= 1
            return .pause(think())
        case .purchase, .cancel, .raw, .join, .knock, .line, .listen:
            return .leave
        }
    }

    /// One of the buyer's errands found no room among those that wait for a connection. It does not try again: ten
    /// times the load would become sixty times of it, in the generator alone.
    mutating func giveUp() -> Decision {
        answersDue -= 1
        return answersDue == 0 ? .leave : .wait
    }

    /// The buyer has all the items that it wants.
    private mutating func settle(holdSeconds: Double) -> Decision {
        guard code != nil else { return .leave }
        switch kind.habits.ends {
        case .buy(let share):
            return random.chance(share) ? buy(after: think()) : .leave
        case .buyLate:
            // Half of them come just before their holds expire, the others just after.
            return buy(after: Int64(holdSeconds * (0.9 + 0.2 * random.fraction()) * 1e9))
        case .cancel:
            plan = .cancel
            return .pause(think())
        case .leave:
            return .leave
        case .hoard:
            code = nil
            itemsLeft = Int8(kind.habits.items)
            plan = .checkout(item: 0)
            return .pause(Int64(holdSeconds * 1.05 * 1e9))
        }
    }

    private mutating func buy(after nanoseconds: Int64) -> Decision {
        plan = .purchase
        keyNumber &+= 1
        return .pause(nanoseconds)
    }

    /// From half to one and a half of the usual time.
    mutating func think() -> Int64 {
        Int64(kind.habits.think * (0.5 + random.fraction()) * 1e9)
    }
}
