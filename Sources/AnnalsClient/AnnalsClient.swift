internal import AsyncHTTPClient
internal import BSON
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// A client of a store that is served over HTTP.
///
///     let client = try AnnalsClient(url: "http://localhost:8080", key: key)
///     let receipt = try await client.append(["specversion": "1.0", "id": "1", "source": "/shop", …])
///     for try await event in client.events(after: 0) { … }
///     try await client.close()
///
/// Every append carries its events' own ids, so that what got no answer is simply sent again: the client does, a few times.
public final class AnnalsClient: Sendable {
    public let url: String
    let http: HTTPClient
    private let key: String?
    /// How often a call is tried, and how long it is waited before the second time; twice as long before each after it.
    private let attempts: Int
    private let pause: Duration
    /// What is taken of one answer.
    private static let largestAnswer = 64 << 20
    static let answerSeconds: Int64 = 60

    /// `key`: of the server's API, if it has keys.
    public convenience init(
        url: String, key: String? = nil, attempts: Int = 4, pause: Duration = .milliseconds(200)
    ) throws(ClientError) {
        guard let parsed = URL(string: url), ["http", "https"].contains(parsed.scheme ?? ""), parsed.host != nil else {
            throw .badURL(url)
        }
        self.init(base: url.hasSuffix("/") ? String(url.dropLast()) : url, key, attempts, pause)
    }

    /// Of the server that has a store's directory open on this machine: `path` is that of its socket, `DIR/door/http`.
    /// `key`: for questions about secrets, which take one there too.
    public convenience init(
        socket path: String, key: String? = nil, attempts: Int = 4, pause: Duration = .milliseconds(200)
    ) {
        self.init(base: "http+unix://" + path.segment, key, attempts, pause)
    }

    private init(base: String, _ key: String?, _ attempts: Int, _ pause: Duration) {
        url = base
        self.key = key
        self.attempts = max(1, attempts)
        self.pause = pause
        var configuration = HTTPClient.Configuration()
        // A stream says that it is alive four times as often.
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(Self.answerSeconds))
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// To be called once, when nothing is going on any more.
    public func close() async throws(ClientError) {
        do { try await http.shutdown() } catch { throw .unreachable("\(error)") }
    }

    // MARK: Calls

    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
        let retryAfter: Int?

        /// Whether asking again may help: what took too long once takes too long again.
        var mayPass: Bool {
            guard status == 503 else { return status == 429 }
            return (try? JSON.parse(body, extended: false))?["type"] != "/problems/too-slow"
        }

        /// - Throws: what the server says, or that it is no JSON.
        func document(_ target: String) throws(ClientError) -> Document {
            let document: Document
            do throws(JSONError) { document = try JSON.parse(body, extended: true) } catch {
                throw .badAnswer("\(target) answers \(status), and what is no JSON: \(error)")
            }
            guard (200..<300).contains(status) else {
                throw .problem(ServerProblem(status: status, document: document, retryAfter: retryAfter))
            }
            return document
        }
    }

    func request(_ method: HTTPMethod, _ path: String, accept: String = "application/json") -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        request.headers.add(name: "accept", value: accept)
        if let key { request.headers.add(name: "authorization", value: "Bearer \(key)") }
        return request
    }

    /// Calls, and calls again where the server is not there, or says that it will be soon.
    func call(
        _ method: HTTPMethod, _ path: String, body: [UInt8] = [], type: String = "application/json"
    ) async throws(ClientError) -> Answer {
        var request = request(method, path)
        if !body.isEmpty {
            request.headers.add(name: "content-type", value: type)
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        var pause = pause
        for attempt in 1... {
            do {
                let answer = try await send(request)
                guard answer.mayPass, attempt < attempts else { return answer }
                if let seconds = answer.retryAfter { pause = max(pause, .seconds(min(seconds, 30))) }
            } catch {
                // What was cancelled is not tried again.
                if attempt >= attempts || Task.isCancelled { throw .unreachable("\(url) does not answer: \(error)") }
            }
            do { try await Task.sleep(for: pause) } catch { throw .unreachable("cancelled") }
            pause *= 2
        }
        throw .unreachable("\(url) does not answer")
    }

    private func send(_ request: HTTPClientRequest) async throws -> Answer {
        let response = try await http.execute(request, timeout: .seconds(Self.answerSeconds))
        let body = try await response.body.collect(upTo: Self.largestAnswer)
        return Answer(
            status: Int(response.status.code), body: Array(body.readableBytesView),
            retryAfter: response.headers.first(name: "retry-after").flatMap { Int($0) })
    }
}

extension String {
    /// One segment of a URL's path.
    var segment: String {
        let digits = Array("0123456789ABCDEF")
        var text = ""
        for byte in utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                text.append(Character(Unicode.Scalar(byte)))
            default: text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        return text
    }
}
