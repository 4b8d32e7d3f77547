internal import AsyncHTTPClient
internal import BSON
internal import NIOCore
internal import NIOHTTP1

/// Events of a server, over as many connections as it takes.
public struct EventSequence: AsyncSequence, Sendable {
    public typealias Element = AnnalsClient.Event
    public typealias Failure = ClientError

    private let client: AnnalsClient
    private let path: String
    private let lastID: UInt64

    init(_ client: AnnalsClient, path: String, _ query: [String], lastID: UInt64) {
        self.client = client
        self.path = path + "?" + (query + ["format=canonical"]).joined(separator: "&")
        self.lastID = lastID
    }

    public func makeAsyncIterator() -> Iterator { Iterator(client, path, lastID) }

    /// Reads what the caller asks for and no more: who is slow makes the server wait.
    public struct Iterator: AsyncIteratorProtocol {
        private let client: AnnalsClient
        private let path: String
        private var parser: EventStreamParser
        private var body: HTTPClientResponse.Body.AsyncIterator?
        private var pause = Duration.milliseconds(100)
        private static let longestPause = Duration.seconds(10)

        init(_ client: AnnalsClient, _ path: String, _ lastID: UInt64) {
            self.client = client
            self.path = path
            parser = EventStreamParser(lastID: lastID)
        }

        /// - Returns: `nil` where the task is cancelled.
        /// - Throws: what the server refuses for good; that it is not there is waited for.
        public mutating func next() async throws(ClientError) -> Element? {
            while !Task.isCancelled {
                do throws(ClientError) {
                    if let event = try parser.next() {
                        pause = .milliseconds(100)
                        return event
                    }
                } catch {
                    guard error.mayPass else { throw error }
                    do { try await reconnect() } catch { return nil }
                    continue
                }
                do {
                    guard var body else {
                        self.body = try await connect()
                        continue
                    }
                    let piece = try await body.next()
                    self.body = body
                    if let piece { parser.add(piece.readableBytesView) } else { try await reconnect() }
                } catch let error as ClientError {
                    throw error
                } catch {
                    if Task.isCancelled { return nil }
                    do { try await reconnect() } catch { return nil }
                }
            }
            return nil
        }

        private func connect() async throws -> HTTPClientResponse.Body.AsyncIterator {
            var request = client.request(.GET, path, accept: "text/event-stream")
            request.headers.add(name: "last-event-id", value: String(parser.lastID))
            let response = try await client.http.execute(request, deadline: .distantFuture)
            let code = Int(response.status.code)
            guard code != 200 else { return response.body.makeAsyncIterator() }
            let bytes = try await response.body.collect(upTo: 1 << 20)
            // It will be there again, or has too much to do.
            if code == 503 || code == 429 { throw Unready() }
            let answer = AnnalsClient.Answer(status: code, body: Array(bytes.readableBytesView), retryAfter: nil)
            _ = try answer.document(client.url)
            throw ClientError.badAnswer("\(client.url) answers \(code) where a stream is asked for")
        }

        private struct Unready: Error {}

        private mutating func reconnect() async throws {
            body = nil
            parser.forgetRest()
            try await Task.sleep(for: pause)
            pause = Swift.min(pause * 2, Self.longestPause)
        }
    }
}
