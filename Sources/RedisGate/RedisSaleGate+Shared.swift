// The calls that concurrent requests share: one of a script for all of them, and each one's part of the reply.

internal import FlashSale
internal import HiredisClient
internal import Telemetry

extension RedisSaleGate {
    func reserve(_ requests: [Reservation], of sale: Sale) async -> [ReserveOutcome] {
        do throws(RedisError) {
            let reply = try await ask(sale, within: stepTimeout, markerOf: \.string) {
                connection, keys, timeout throws(RedisError) in
                var arguments = keys.arguments
                arguments.append(marker(of: sale, under: keys, over: connection))
                arguments.append(sale.stockPerItem)
                arguments.append(sale.maxItemsPerBuyer)
                for request in requests {
                    arguments.append(sale.ordinal(of: Unit(item: request.item.number, number: 1)))
                    arguments.append(request.buyer.description)
                    arguments.append(request.candidate.digits)
                }
                return try await connection.run(
                    GateScripts.reserve, keyCount: 5, arguments, within: timeout, isShared: true)
            }
            // The marker alone: not loaded.
            guard reply.string == nil else { return requests.map { _ in .notLoaded } }
            guard let replies = reply.array, replies.count == requests.count else {
                throw RedisError(.protocol, "reserve returned an unknown reply")
            }
            return try zip(replies, requests).map { reply, request throws(RedisError) in
                try ReserveOutcome(reply, of: sale, candidate: request.candidate)
            }
        } catch {
            note(error, during: "reserve", of: sale.id)
            return requests.map { _ in .unavailable }
        }
    }

    /// Whether each lock was taken.
    func begin(_ requests: [CodeLock]) async -> [Result<Bool, RedisError>] {
        var arguments = RedisArguments()
        let locks = SaleKeys.locks(of: requests[0].code.sale, in: ledger)
        for lock in requests { arguments.append(locks, lock.code.digits) }
        arguments.append(GateLimits.lockLifetime.microseconds / 1_000)
        for lock in requests { arguments.append(lock.token) }
        do throws(RedisError) {
            let reply = try await client.withConnection(to: RedisSlot(of: locks), within: stepTimeout) {
                connection, timeout throws(RedisError) in
                try await connection.run(
                    GateScripts.begin, keyCount: requests.count, arguments, within: timeout, isShared: true)
            }
            guard let replies = reply.array, replies.count == requests.count else {
                throw RedisError(.protocol, "begin returned an unknown reply")
            }
            return replies.map { .success($0 == .integer(1)) }
        } catch {
            note(error, during: "begin", of: requests[0].code.sale)
            return requests.map { _ in .failure(error) }
        }
    }

    /// Whether the gate has heard each settlement: all of them or none.
    func settle(_ requests: [Settlement], of key: SettlementKey) async -> [Bool] {
        let sale = key.sale
        var held = requests.compactMap(\.lock)
        do throws(RedisError) {
            let reply = try await ask(
                sale, within: key.waiter == .buyer ? stepTimeout : bulkTimeout,
                markerOf: { $0.array?.dropFirst().first?.string }
            ) { connection, keys, timeout throws(RedisError) in
                var arguments = keys.arguments
                arguments.append(keys.load)
                arguments.append(keys.keptFacts)
                let lockKeys = SaleKeys.locks(of: sale.id, in: ledger)
                for lock in held { arguments.append(lockKeys, lock.code.digits) }
                arguments.append(marker(of: sale, under: keys, over: connection))
                arguments.append(GateLimits.factsKeptForLoad)
                for lock in held { arguments.append(lock.token) }
                for request in requests {
                    for fact in request.facts { arguments.append(fact) }
                }
                let reply = try await connection.run(
                    GateScripts.settle, keyCount: 7 + held.count, arguments, within: timeout, isShared: true)
                guard let parts = reply.array, parts.count == 2 + held.count else {
                    throw RedisError(.protocol, "settle returned an unknown reply")
                }
                for (lock, state) in zip(held, parts.dropFirst(2)) {
                    locks.released(.purchase, token: lock.token, as: UnlockOutcome(state.integer ?? 0))
                }
                held = []
                return reply
            }
            return requests.map { _ in reply.array?.first == .integer(1) }
        } catch {
            // The drift check finds the facts that were not told.
            missed.note(sale.id)
            for lock in held { forget(lock) }
            note(error, during: "settle", of: sale.id)
            return requests.map { _ in false }
        }
    }
}

extension ReserveOutcome {
    /// Reads what reserve.lua returns for one request.
    fileprivate init(_ reply: RedisReply, of sale: Sale, candidate: CheckoutCode) throws(RedisError) {
        switch reply {
        case .integer(-1): self = .refused(.alreadyCheckedOut)
        case .integer(-2): self = .refused(.userLimitExceeded)
        case .integer(-3): self = .refused(.itemHeld)
        case .integer(-4): self = .refused(.itemSold)
        case .integer(let ordinal) where (0..<Int64(sale.unitCount)).contains(ordinal):
            self = .reserved(sale.unit(at: Int(ordinal)), candidate)
        case .bulk:
            let parts = (reply.string ?? "").split(separator: " ")
            guard parts.count == 2, let ordinal = Int(parts[0]), (0..<sale.unitCount).contains(ordinal),
                let code = CheckoutCode(sale: sale.id, digits: parts[1])
            else { throw RedisError(.protocol, "reserve returned a malformed code") }
            self = .reserved(sale.unit(at: ordinal), code)
        default: throw RedisError(.protocol, "reserve returned an unknown reply")
        }
    }
}
