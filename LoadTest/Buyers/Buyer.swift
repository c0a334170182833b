// What one buyer does: a state machine without clock or socket. Whoever owns him performs his decisions and tells him
// what came of them.
//
//     arrive ─► look ─► checkout ─┬─► (more items) ─► purchase ─► leave
//                 └► leave        ├─► cancel ─► leave
//                                 └─► leave, and let the holds lapse
//
// What was shed or not answered is tried again where the kind of buyer does so, before anything else happens.

import Audit
import Textbook

/// A virtual buyer, small enough that a hundred thousand of them cost nothing while they think.
struct Buyer: Sendable {
    enum Decision: Hashable, Sendable {
        case send(Errand)
        /// The same twice, at once; both answers come to `hear`.
        case sendTwice(Errand)
        /// Wake him after so many nanoseconds.
        case pause(Int64)
        /// He has another answer to wait for.
        case wait
        case leave
    }

    /// His part of a `user_id`, unique in a run.
    let number: UInt32
    let kind: BuyerKind
    /// Under which code he holds what he holds.
    private(set) var code: String?
    /// Distinguishes his purchases where they carry a key; a retry has the same.
    private(set) var keyNumber: UInt8 = 0

    private var plan: Errand
    private var itemsLeft: Int8
    private var retriesLeft: Int8
    private var answersDue: Int8 = 0
    private var random: SplitMix64

    init(number: UInt32, kind: BuyerKind, seed: UInt64) {
        self.number = number
        self.kind = kind
        random = SplitMix64(seed: seed, stream: UInt64(number) + 1)
        let habits = kind.habits
        itemsLeft = kind == .atLimit ? Int8(habits.items) : Int8(1 + random.below(habits.items))
        retriesLeft = Int8(habits.retries)
        // Item 0 stands for one that is not chosen yet.
        plan = habits.looks ? .look : .checkout(item: 0)
    }

    /// He has arrived, or his pause is over.
    mutating func wake(_ shelf: Shelf) -> Decision {
        answersDue = 1
        switch plan {
        case .checkout(item: 0):
            plan = .checkout(item: shelf.pick(hot: kind.habits.hot, &random))
            return .send(plan)
        case .purchase where kind.habits.clicks > 1:
            answersDue = 2
            return .sendTwice(plan)
        default:
            return .send(plan)
        }
    }

    /// The answer to an errand of his.
    ///
    /// - Parameter holdSeconds: how long a hold lasts, for those who come late.
    mutating func hear(_ reply: Reply, holdSeconds: Double) -> Decision {
        answersDue -= 1
        if let given = reply.code { code = given }
        guard answersDue == 0 else { return .wait }
        if reply.outcome == .shed || reply.outcome == .unknown, retriesLeft > 0 {
            retriesLeft -= 1
            let told = kind.habits.heedsRetryAfter ? Double(reply.retryAfter ?? 1) : 0
            return .pause(Int64(told * 1e9) + think())
        }
        switch plan {
        case .look:
            guard random.chance(kind.habits.checkout) else { return .leave }
            plan = .checkout(item: 0)
            return .pause(think())
        case .checkout:
            itemsLeft -= 1
            if itemsLeft > 0, reply.outcome == .won || reply.outcome == .soldOut {
                plan = .checkout(item: 0)
                return .pause(think())
            }
            return settle(holdSeconds: holdSeconds)
        case .purchase, .cancel, .raw:
            return .leave
        }
    }

    /// He has taken all that he wants.
    private mutating func settle(holdSeconds: Double) -> Decision {
        guard code != nil else { return .leave }
        if kind.habits.cancels {
            plan = .cancel
            return .pause(think())
        }
        guard random.chance(kind.habits.purchase) else { return .leave }
        plan = .purchase
        keyNumber &+= 1
        guard kind.habits.comesLate else { return .pause(think()) }
        // Half of the late come just before their holds lapse, the others just after.
        return .pause(Int64(holdSeconds * (0.9 + 0.2 * random.fraction()) * 1e9))
    }

    /// Half as long as usual at least, and once and a half at most.
    private mutating func think() -> Int64 {
        Int64(kind.habits.think * (0.5 + random.fraction()) * 1e9)
    }
}
