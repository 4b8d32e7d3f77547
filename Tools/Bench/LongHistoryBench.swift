public import Annals
internal import BSON
internal import Platform
internal import Schema
internal import Views

/// One document that so many events touch, as of random positions: folded from the nearest version that is kept, and from its
/// first event.
public struct LongHistoryBench {
    public var store: Store
    public var touches: Int
    public var looks: Int
    /// Each costs folding half of the history.
    public var wholeLooks: Int

    public init(store: Store, touches: Int = 100_000, looks: Int = 2_000, wholeLooks: Int = 20) {
        self.store = store
        self.touches = touches
        self.looks = looks
        self.wholeLooks = wholeLooks
    }

    private static let start: Int64 = 1_704_067_200_000
    private static let user = ObjectID(seconds: UInt32(start / 1000), rest: 1)
    private static let post = ObjectID(seconds: UInt32(start / 1000), rest: 2)

    private func event(_ id: String, _ type: String, _ data: Document) -> NewEvent {
        NewEvent(id: id, source: "/bench", type: type, time: DateTime(milliseconds: Self.start), data: data)
    }

    /// A post, and whoever looks at it.
    private func fill() {
        var events = [
            event(
                "user", "user.registered",
                [
                    "_id": .objectID(Self.user), "name": "Ada", "email": "ada@users.example", "authMethod": "google",
                ]),
            event(
                "post", "post.published",
                [
                    "_id": .objectID(Self.post), "postId": "post", "authorId": .objectID(Self.user),
                    "title": "On plants", "content": "They grow, some of them slowly.", "category": "general",
                ]),
        ]
        for number in 0..<touches { events.append(event("view-\(number)", "post.viewed", ["postId": "post"])) }
        ProjectBench(store: store, events: events, emitters: 64, inFlight: 200, directory: store.directory).fill()
    }

    public func run() throws -> BenchResult {
        fill()
        let model = try store.collection("communityposts")
        let end = try store.history.position()
        var generator = SystemRandomNumberGenerator()
        let positions = (0..<max(looks, wholeLooks)).map { _ in UInt64.random(in: 1...max(1, end), using: &generator) }
        func look(_ position: UInt64, _ startsFromVersions: Bool) throws -> (microseconds: Double, Document?) {
            let refold = store.history.refold(model)
            refold.startsFromVersions = startsFromVersions
            let start = nanoseconds()
            let document = try refold.document(Self.post, asOf: position)
            return (Double(nanoseconds() - start) / 1000, document)
        }
        var whole: [Double] = []
        var different = 0
        for position in positions.prefix(wholeLooks) {
            let (time, document) = try look(position, false)
            whole.append(time)
            if try look(position, true).1 != document { different += 1 }
        }
        var times: [Double] = []
        let all = nanoseconds()
        for position in positions.prefix(looks) { times.append(try look(position, true).microseconds) }
        var result = BenchResult(name: "long-history", events: looks, seconds: secondsSince(all))
        result.latencies = times
        var before = BenchResult(name: "whole", events: whole.count, seconds: 0)
        before.latencies = whole
        func ratio(_ part: Double) -> Value {
            guard let old = before.percentile(part), let new = result.percentile(part), new > 0 else { return .null }
            return .double(old / new)
        }
        result.more = [
            ("positions", .int64(Int64(clamping: end))), ("touches", .int64(Int64(touches))),
            ("versionInterval", .int64(Int64(store.catalogue.versionInterval))),
            ("wholeP50", .double(before.percentile(0.5) ?? 0)), ("wholeP99", .double(before.percentile(0.99) ?? 0)),
            ("p50Ratio", ratio(0.5)), ("p99Ratio", ratio(0.99)), ("different", .int64(Int64(different))),
        ]
        return result
    }
}
