package sallyport.comply.checklist;

import java.util.List;
import java.util.function.Consumer;
import sallyport.comply.checklist.control.CheckResult;
import sallyport.comply.checklist.control.Clause;
import sallyport.comply.checklist.control.Control;
import sallyport.comply.checklist.control.Finding;
import sallyport.comply.checklist.control.Status;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.certificates.CertificateInfo;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.logging.json.JsonDocument;

/** JSON form of the checklist: one object (RFC 8259) whose members docs/compliance.md lists. */
public final class ChecklistJson {
  /** Goes up when a member changes its meaning or goes away; new members do not count. */
  private static final int FORMAT = 1;

  private ChecklistJson() {}

  /** The object, and a line end. */
  public static String of(Checklist checklist) {
    CheckResult observed = checklist.observed();
    JsonDocument json = new JsonDocument();
    json.object(
        () -> {
          json.member("format", FORMAT);
          json.member("configuration", observed.config().source());
          json.member("sha256", observed.config().sha256());
          json.member("time", observed.now().toString());
          json.member("law_as_of", Clause.AS_OF.toString());
          json.member("result", checklist.passes() ? Status.PASS.label() : Status.FAIL.label());
          json.key("counts");
          json.object(
              () ->
                  checklist
                      .counts()
                      .forEach((status, count) -> json.member(status.label(), count)));
          json.key("not_met");
          json.array(() -> checklist.unmet().forEach(control -> json.value(control.id())));
          array(json, "controls", checklist.findings(), finding -> finding(json, finding));
          array(json, "certificates", observed.held(), held -> certificate(json, held, observed));
        });
    return json + "\n";
  }

  private static <T> void array(JsonDocument json, String name, List<T> all, Consumer<T> writer) {
    json.key(name);
    json.array(() -> all.forEach(each -> json.object(() -> writer.accept(each))));
  }

  private static void finding(JsonDocument json, Finding finding) {
    Control control = finding.control();
    json.member("id", control.id());
    json.member("title", control.title());
    json.member("status", finding.status().label());
    array(
        json,
        "clauses",
        control.clauses(),
        clause -> {
          json.member("clause", clause.text());
          json.member("kind", clause.kind().label());
        });
    array(
        json,
        "evidence",
        finding.evidence(),
        seen -> {
          json.member("status", seen.status().label());
          place(json, seen.where());
          json.member("text", seen.text());
        });
  }

  private static void place(JsonDocument json, ConfigLocation where) {
    json.member("source", where.source());
    json.member("line", where.line());
    json.member("path", where.path());
  }

  private static void certificate(JsonDocument json, HeldCertificate held, CheckResult observed) {
    CertificateInfo certificate = held.info();
    json.member("owner", held.owner());
    json.member("use", held.use());
    json.member("name", held.name());
    json.member("position", held.position());
    json.member("subject", certificate.subject());
    json.member("serial", certificate.serial());
    json.member("fingerprint", certificate.fingerprint());
    json.member("key", certificate.key());
    json.member("signature", certificate.signature());
    json.member("not_before", certificate.notBefore().toString());
    json.member("not_after", certificate.notAfter().toString());
    json.member("days_left", certificate.daysLeft(observed.now()));
  }
}
