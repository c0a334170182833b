// The method of a request as a label.

internal import NIOHTTP1
internal import Telemetry

extension Telemetry.Method {
    init(_ method: HTTPMethod) {
        self =
            switch method {
            case .GET: .get
            case .POST: .post
            case .PUT: .put
            case .PATCH: .patch
            case .DELETE: .delete
            case .HEAD: .head
            case .OPTIONS: .options
            default: .other
            }
    }
}
