// Why no connection came about, in a few words. NIO's own text has every address that was tried, with the names of its
// types.

internal import Glibc
internal import NIOCore
internal import NIOPosix

/// The first reason of a connect that failed, such as `Connection refused`.
package struct ConnectFailure: Error, CustomStringConvertible {
    package let description: String

    /// - Parameter error: what a bootstrap threw; another error keeps its own words.
    package init(_ error: any Error) {
        description =
            switch error {
            case let error as NIOConnectionError:
                error.connectionErrors.first.map { Self.words($0.error) } ?? "the name \(error.host) has no address"
            default: Self.words(error)
            }
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: "no answer came in time"
        default: "\(error)"
        }
    }
}
