import ArgumentParser
import Foundation
import Platform
import Projections
import Reference
import Schema

struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference",
        abstract: "The reference of collections and events, made from the code: Markdown, and JSON Schemas.")

    enum Page: String, ExpressibleByArgument, CaseIterable { case collections, events, schemas }

    @Argument(help: "Which page.") var page = Page.collections
    @Option(
        help: ArgumentHelp(
            "Compare all pages with those in this directory; exit code 1 where one is out of date.", valueName: "dir"))
    var check: String?

    func run() throws {
        let reference = Reference(try Catalogue(allCollections))
        guard let check else {
            switch page {
            case .collections: try Console.print(reference.collections)
            case .events: try Console.print(reference.events)
            case .schemas: try Console.print(reference.schemas)
            }
            return
        }
        for (name, page) in reference.pages {
            guard try FileSystem.system.readWhole(check + "/" + name) == Array(page.utf8) else {
                throw Failure(ExitCode(1), "\(check)/\(name) is out of date: make it anew with `annals reference`")
            }
        }
    }
}
