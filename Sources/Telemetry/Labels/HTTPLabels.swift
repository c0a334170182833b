// The labels of the HTTP family besides the handler.

/// The request's method. An unknown method is `_OTHER`, whatever the client wrote.
public enum Method: String, LabelValue {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case head = "HEAD"
    case options = "OPTIONS"
    case other = "_OTHER"

    public static let labelName = "method"
    public var folded: Method { .other }

    /// The methods that the routes serve, and the rest.
    static let served: [Method] = [.get, .post, .delete, .other]
}

/// The status of the answer.
public enum StatusCode: String, LabelValue {
    case ok = "200"
    case created = "201"
    case noContent = "204"
    case seeOther = "303"
    case notModified = "304"
    case badRequest = "400"
    case unauthorized = "401"
    case forbidden = "403"
    case notFound = "404"
    case methodNotAllowed = "405"
    case requestTimeout = "408"
    case conflict = "409"
    case gone = "410"
    case contentTooLarge = "413"
    case unsupportedMediaType = "415"
    case unprocessableContent = "422"
    case tooManyRequests = "429"
    case headerFieldsTooLarge = "431"
    /// The client went away before the answer was written.
    case clientClosed = "499"
    case internalServerError = "500"
    case notImplemented = "501"
    case badGateway = "502"
    case serviceUnavailable = "503"
    case gatewayTimeout = "504"
    case other

    public static let labelName = "status_code"

    /// The status by its number; one that the service never sends is `other`.
    public init(code: Int) {
        self =
            switch code {
            case 200: .ok
            case 201: .created
            case 204: .noContent
            case 303: .seeOther
            case 304: .notModified
            case 400: .badRequest
            case 401: .unauthorized
            case 403: .forbidden
            case 404: .notFound
            case 405: .methodNotAllowed
            case 408: .requestTimeout
            case 409: .conflict
            case 410: .gone
            case 413: .contentTooLarge
            case 415: .unsupportedMediaType
            case 422: .unprocessableContent
            case 429: .tooManyRequests
            case 431: .headerFieldsTooLarge
            case 499: .clientClosed
            case 500: .internalServerError
            case 501: .notImplemented
            case 502: .badGateway
            case 503: .serviceUnavailable
            case 504: .gatewayTimeout
            default: .other
            }
    }

    /// Whether the status is a 4xx or 5xx. `other` is one: every status that the service sends on purpose has a case.
    public var isError: Bool {
        switch self {
        case .ok, .created, .noContent, .seeOther, .notModified: false
        default: true
        }
    }
}

/// Why a request was turned away before its handler, or a connection without one.
public enum RejectionReason: String, LabelValue {
    case overload
    case bodyTooLarge = "body_too_large"
    case headerTooLarge = "header_too_large"
    case badRequest = "bad_request"
    case rateLimited = "rate_limited"
    case timeout
    case draining
    /// A connection that waited for a request closed for a newer one.
    case displaced
    /// A connection whose client did not speak the TLS that we speak.
    case handshake

    public static let labelName = "reason"
}

/// A resource that can run out. Its use is shown as a ratio from 0 to 1.
public enum Resource: String, LabelValue {
    case cpu
    case memory
    case databasePool = "db_pool"
    /// The share of the allowed waiting commands that wait for their replies.
    case redisPool = "redis_pool"
    case connections
    /// The busiest event loop of the API.
    case eventLoop = "event_loop"

    public static let labelName = "resource"
}
