import Annals
import BSON
import EventLog
import Foundation
import Schema
import Testing
import Views

/// Random events, some of which the projector stumbles over, skips and appends among them: views, anomalies and what is held
/// are what a naive model says, and the same bytes when replayed.
@Suite struct RandomAnomalyTests {
    private static let boxes = 8

    private static func kind(_ random: inout SeededNumbers) -> String {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<3: "box.made"
        case 3..<11: "box.weighed"
        case 11..<16: "box.poured"
        case 16..<18: "box.broken"
        default: "box.lost"
        }
    }

    private struct Draft {
        let number: Int
        let type: String
        let box: Int
        let other: Int?
        let by: Int64

        init(_ number: Int, _ random: inout SeededNumbers) {
            self.number = number
            type = RandomAnomalyTests.kind(&random)
            box = Int.random(in: 0..<RandomAnomalyTests.boxes, using: &random)
            other = type == "box.poured" ? Int.random(in: 0..<RandomAnomalyTests.boxes, using: &random) : nil
            by = Int64.random(in: 1...9, using: &random)
        }

        func naive(_ position: UInt64, _ isFaulty: Bool) -> NaiveBoxes.Event {
            .init(position: position, type: type, box: box, other: other, by: by, isFaulty: isFaulty)
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>) func viewsAreWhatTheModelSays(seed: UInt64) async throws {
        let boxes = BoxStore("random anomalies \(seed)")
        var random = SeededNumbers(seed: seed)
        var written: [Draft] = []
        try await boxes.with(strict: false) { store in
            for number in 1...200 {
                let draft = Draft(number, &random)
                let event = boxes.event(number, draft.type, draft.box, other: draft.other, by: draft.by)
                do throws(AppendError) {
                    try await store.append(event)
                    written.append(draft)
                } catch {}
            }
        }
        var model = NaiveBoxes()
        for (index, draft) in written.enumerated() {
            let isFaulty = Int.random(in: 0..<15, using: &random) == 0
            if isFaulty { Faults.add(boxes.mark(draft.number)) }
            model.apply(draft.naive(UInt64(index + 1), isFaulty))
        }
        #expect(!model.holds.isEmpty)
        var number = 1_000
        for round in 0..<6 {
            try await boxes.with(strict: true) { store in
                try expect(store, boxes, model, "seed \(seed), round \(round), opened")
                for _ in 0..<8 {
                    number += 1
                    try await step(store, boxes, &model, number, &random)
                }
                try expect(store, boxes, model, "seed \(seed), round \(round)")
            }
        }
    }

    /// One skip, or some appends in one request.
    private func step(
        _ store: Store, _ boxes: BoxStore, _ model: inout NaiveBoxes, _ number: Int, _ random: inout SeededNumbers
    ) async throws {
        if let box = model.holds.keys.sorted().randomElement(using: &random), Bool.random(using: &random) {
            try await store.skip(try store.anomaly("boxes", BoxStore.id(box)))
            return model.skip(box)
        }
        if let position = model.loose.min(), Int.random(in: 0..<4, using: &random) == 0 {
            try await store.skip(try store.anomaly("boxes", nil, at: position))
            return model.skip(loose: position)
        }
        let draft = Draft(number, &random)
        let isFaulty = Int.random(in: 0..<4, using: &random) == 0
        if isFaulty { Faults.add(boxes.mark(number)) }
        let event = draft.naive(store.position + 1, isFaulty)
        let isRefused = model.refuses(event)
        do throws(AppendError) {
            try await store.append(
                boxes.event(number, draft.type, draft.box, other: draft.other, by: draft.by))
            #expect(!isRefused, "\(event)")
            model.apply(event)
        } catch {
            // A creation's guard looks at documents and unique names, whatever is held.
            #expect(isRefused || draft.type == "box.made", "\(event): \(error)")
        }
    }

    private func expect(_ store: Store, _ boxes: BoxStore, _ model: NaiveBoxes, _ comment: Comment) throws {
        for box in 0..<Self.boxes { #expect(try boxes.weight(store, box) == model.weights[box], comment) }
        let (anomalies, count) = try store.anomalies()
        var holds: [Int: NaiveBoxes.Hold] = [:]
        var loose: Set<UInt64> = []
        for anomaly in anomalies {
            if let box = (0..<Self.boxes).first(where: { BoxStore.id($0) == anomaly.document }) {
                holds[box] = .init(position: anomaly.position, held: anomaly.held)
                #expect(anomaly.heldCount == anomaly.held.count, comment)
            } else {
                loose.insert(anomaly.position)
            }
        }
        #expect(holds == model.holds && loose == model.loose, comment)
        #expect(count.anomalies == anomalies.count, comment)
        #expect(count.held == anomalies.reduce(0) { $0 + $1.heldCount }, comment)
        try boxes.expectSound(store, comment)
    }
}
