import Annals
import AnnalsHTTP
import Foundation

/// `Shipments DIR PORT` serves a store with the one collection (port 0: a free one), until it is told to stop; without
/// arguments it checks itself and ends. `Tests/Example/check` does both.
@main
struct Main {
    struct Failed: Error { let what: String }

    static func main() async throws {
        let arguments = CommandLine.arguments
        if arguments.count == 3, let port = Int(arguments[2]) {
            try await serve(arguments[1], port)
        } else {
            let directory = NSTemporaryDirectory() + "shipments-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: directory) }
            try await check(directory)
            print("a collection from outside: declared, appended to, queried by its index, verified")
        }
    }

    static func serve(_ directory: String, _ port: Int) async throws {
        let store = try Store(directory: directory, collections: [Shipments.self])
        var configuration = AnnalsServer.Configuration()
        configuration.port = port
        try await AnnalsServer(store, configuration: configuration).run { port in
            // At once, whoever reads it.
            FileHandle.standardOutput.write(Data("serving on http://127.0.0.1:\(port)\n".utf8))
        }
        try store.close()
    }

    static func check(_ directory: String) async throws {
        let store = try Store(directory: directory, collections: [Shipments.self])
        for (number, city) in ["Lagos", "Lima", "Lagos"].enumerated() {
            try await store.append(
                NewEvent(
                    id: "sent-\(number)", source: "/depot", type: "shipment.sent",
                    data: ["trackingId": .string("ship_\(number)"), "city": .string(city), "weight": 2.5]))
        }
        try await store.append(
            NewEvent(
                id: "delivered", source: "/depot", type: "shipment.delivered", data: ["trackingId": "ship_0"]))
        do {
            try await store.append(
                NewEvent(id: "lost", source: "/depot", type: "shipment.lost", data: ["trackingId": "ship_0"]))
            throw Failed(what: "a delivered parcel was lost")
        } catch is AppendError {}

        let shipments = try store.collection("shipments")
        let inLagos = try Find(shipments, filter: ["city": "Lagos"], sort: ["createdAt": -1])
        let plan = JSON.string(try inLagos.explain(), style: .relaxed)
        guard plan.contains("city_1_createdAt_-1") else { throw Failed(what: "the index is not used: \(plan)") }
        var statuses: [String] = []
        try store.read { snapshot in
            try inLagos.run(snapshot) { shipment in
                statuses.append(shipment[Shipments.field.status] ?? "")
                return true
            }
        }
        guard statuses.sorted() == ["delivered", "sent"] else { throw Failed(what: "found \(statuses)") }
        let report = try store.verify(scratch: directory + "/verify")
        guard report.isSound, report.position == 4 else { throw Failed(what: "\(report.differences)") }
        try store.close()
    }
}
