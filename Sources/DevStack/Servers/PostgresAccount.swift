// Postgres refuses to run as root, and a clone under root's home is closed to every other user. This says as whom it
// runs instead.

import FoundationEssentials
import Glibc

enum PostgresAccount: Hashable, Sendable {
    /// We are not root: as ourselves.
    case caller
    /// As root, but in a user namespace where we are called 1000: no file changes its owner. The namespace for System V
    /// shared memory goes with it, so that a segment of a killed Postgres dies with its last process.
    case userNamespace
    /// As the package's user `postgres`, where a container forbids user namespaces.
    case packageUser(uid_t, gid_t)

    /// The account that works here.
    static func current() async throws -> PostgresAccount {
        guard geteuid() == 0 else { return .caller }
        let (ours, theirs) = try Channel.pair()
        defer { ours.close() }
        let probe = try ChildProcess(
            PostgresAccount.userNamespace.prefix + ["true"], input: theirs.descriptor, output: "/dev/null")
        if await probe.end(within: .seconds(5)) == 0 { return .userNamespace }
        guard let user = getpwnam("postgres") else {
            throw DevStackError(
                .programMissing,
                "Postgres does not run as root, and there is neither a user namespace nor a user `postgres`.")
        }
        return .packageUser(user.pointee.pw_uid, user.pointee.pw_gid)
    }

    /// What comes before the command.
    var prefix: [String] {
        switch self {
        case .caller: []
        case .userNamespace: ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--ipc", "--"]
        case .packageUser(let user, let group):
            ["setpriv", "--reuid=\(user)", "--regid=\(group)", "--clear-groups", "--"]
        }
    }

    /// Gives a path to the account that Postgres runs as, if that is not ours.
    func own(_ path: String) throws(DevStackError) {
        guard case .packageUser(let user, let group) = self else { return }
        guard chown(path, user, group) == 0 else { throw .system("\(path) cannot be given to user postgres", errno) }
    }
}
