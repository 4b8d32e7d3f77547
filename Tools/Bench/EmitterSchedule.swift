internal import Annals
internal import BSON
internal import Dispatch
internal import Synchronization

/// Which events may be sent when, so that many emitters can work at once and none runs ahead of what its event builds on.
///
/// Events that change an entity (those of its stream, of a user who acts, and the first that names it) come one after the
/// other; events that only name it come after the change before them, in any order among themselves.
final class EmitterSchedule: Sendable {
    private struct State {
        /// Unanswered events that each event waits for.
        var waitsFor: [Int32]
        /// Those that may be sent, the earliest first.
        var ready = EarliestFirst()
        var unanswered: Int
    }

    /// The events that wait for each.
    private let followers: [[Int32]]
    private let state: Mutex<State>
    /// Counts what is ready.
    private let isReady = DispatchSemaphore(value: 0)
    private let emitters: Int

    init(_ events: [NewEvent], emitters: Int) {
        self.emitters = emitters
        var links = Links(count: events.count)
        for (place, event) in events.enumerated() { links.add(event, Int32(place)) }
        followers = links.followers
        var state = State(waitsFor: links.waitsFor, unanswered: events.count)
        for place in events.indices where state.waitsFor[place] == 0 { state.ready.add(place) }
        let count = state.ready.count
        self.state = Mutex(state)
        for _ in 0..<count { isReady.signal() }
        if events.isEmpty { end() }
    }

    /// Waits for an event that may be sent; `nil` when all are answered.
    func next() -> Int? {
        isReady.wait()
        return state.withLock { $0.ready.take() }
    }

    /// One more, if there is one now.
    func nextIfReady() -> Int? {
        guard isReady.wait(timeout: .now()) == .success else { return nil }
        return state.withLock { $0.ready.take() }
    }

    func answered(_ place: Int) {
        let (freed, isOver) = state.withLock { state in
            var freed = 0
            for follower in followers[place] {
                state.waitsFor[Int(follower)] -= 1
                guard state.waitsFor[Int(follower)] == 0 else { continue }
                state.ready.add(Int(follower))
                freed += 1
            }
            state.unanswered -= 1
            return (freed, state.unanswered == 0)
        }
        for _ in 0..<freed { isReady.signal() }
        if isOver { end() }
    }

    /// Nothing is ready any more: every emitter finds that out.
    private func end() { for _ in 0..<emitters { isReady.signal() } }
}

/// Who waits for whom.
private struct Links {
    private struct Entity {
        var lastChange: Int32
        var namedSince: [Int32] = []
    }

    var followers: [[Int32]]
    var waitsFor: [Int32]
    private var entities: [String: Entity] = [:]

    init(count: Int) {
        followers = Array(repeating: [], count: count)
        waitsFor = Array(repeating: 0, count: count)
    }

    mutating func add(_ event: NewEvent, _ place: Int32) {
        var changed: Set<String> = []
        if let slash = event.subject.firstIndex(of: "/") {
            changed.insert(String(event.subject[event.subject.index(after: slash)...]))
        }
        var named: Set<String> = []
        event.data.withRaw { Self.collect($0, &named, &changed) }
        var earlier: Set<Int32> = []
        for name in named.union(changed) {
            guard let entity = entities[name] else {
                entities[name] = Entity(lastChange: place)
                continue
            }
            earlier.insert(entity.lastChange)
            if changed.contains(name) {
                earlier.formUnion(entity.namedSince)
                entities[name] = Entity(lastChange: place)
            } else {
                entities[name]?.namedSince.append(place)
            }
        }
        for before in earlier { followers[Int(before)].append(place) }
        waitsFor[Int(place)] = Int32(clamping: earlier.count)
    }

    /// Ids by the names of their fields: `_id`, `id`, `userId`, …
    private static func collect(_ document: RawDocument, _ named: inout Set<String>, _ changed: inout Set<String>) {
        for element in document.elements {
            if let inner = element.value.document {
                collect(inner, &named, &changed)
                continue
            }
            let name = String(decoding: element.name, as: UTF8.self)
            guard name == "id" || name == "_id" || name.hasSuffix("Id") else { continue }
            let id = element.value.plainText
            if name == "_id" || name == "userId" { changed.insert(id) } else { named.insert(id) }
        }
    }
}

/// Places, the lowest first: a binary heap.
private struct EarliestFirst {
    private var heap: [Int] = []

    var count: Int { heap.count }

    mutating func add(_ place: Int) {
        heap.append(place)
        var child = heap.count - 1
        while child > 0, heap[(child - 1) / 2] > heap[child] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func take() -> Int? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            guard least != parent else { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
