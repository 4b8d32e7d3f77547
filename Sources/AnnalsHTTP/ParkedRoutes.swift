internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird

/// Refused events that were kept aside (`?onRefusal=park`): `GET /v1/parked`, `POST …/ID/retry`, `DELETE …/ID`.
struct ParkedRoutes: Sendable {
    let store: Store

    func add(to router: Router<CallContext>) {
        router.get("/v1/parked") { _, context in
            try context.caller.require(.admin)
            let (events, damaged) = try await kept { () throws(ParkingError) in try await store.parked.all() }
            context.note?.add(returned: events.count)
            return Response.json(
                .ok,
                [
                    "events": .array(events.map { .document(answer($0)) }),
                    "damaged": .array(damaged.map { .string($0) }),
                ])
        }
        router.get("/v1/parked/{id}") { _, context in
            let id = try id(context)
            let event = try await kept { () throws(ParkingError) in try await store.parked.get(id) }
            context.note?.add(returned: 1)
            return Response.json(.ok, answer(event))
        }
        router.post("/v1/parked/{id}/retry") { _, context in
            let id = try id(context)
            do {
                let receipt = try await store.retryParked(id)
                return Response.json(receipt.wasThere ? .ok : .created, receipt.document, position: receipt.position)
            } catch let error as ParkingError {
                throw Problem(error)
            } catch let error as AppendError {
                throw Problem(error)
            }
        }
        router.delete("/v1/parked/{id}") { _, context in
            let id = try id(context)
            try await kept { () throws(ParkingError) in try await store.parked.discard(id) }
            return Response(status: .noContent)
        }
    }

    private func id(_ context: CallContext) throws -> String {
        try context.caller.require(.admin)
        return try context.parameters.require("id")
    }

    private func kept<R>(_ body: () async throws(ParkingError) -> R) async throws(Problem) -> R {
        do throws(ParkingError) { return try await body() } catch { throw Problem(error) }
    }

    private func answer(_ parked: ParkedEvent) -> Document {
        [
            "id": .string(parked.id), "parkedAt": .string(parked.parkedAt.description),
            "principal": .string(parked.principal), "event": .document(parked.shown(store.catalogue)),
            "reasons": .array(
                parked.reasons.map { reason in
                    [
                        "field": .string(reason.field), "rule": .string(reason.rule.rawValue),
                        "value": reason.value.map { .string($0) } ?? .null, "message": .string(reason.message),
                    ]
                }),
        ]
    }
}

extension Problem {
    init(_ error: ParkingError) {
        switch error {
        case .notFound: self.init(.notFound, "not-parked", "No such event is parked", "\(error)")
        case .full:
            self.init(.serviceUnavailable, "parked-full", "Too many events are parked", "\(error)")
            headers[.retryAfter] = "60"
        case .damaged: self.init(.internalServerError, "parked-damaged", "The parked event does not open", "\(error)")
        case .file(let error) where error.isNoSpace: self.init(diskFull: "\(error)")
        case .file: self.init(.internalServerError, "internal", "Events cannot be parked", "see the server's log")
        }
    }
}
