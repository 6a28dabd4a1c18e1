package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;
import sallyport.logging.BatchingAppender;
import sallyport.logging.FileAppender;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.LoopStop;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** What the gateway does while its logs cannot be written, and while an event loop stands still. */
@Timeout(120)
class LogFailuresIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** A log that goes to a file as the configuration that is supplied has it. */
  private record FileLog(Logger logger, FileAppender file, BatchingAppender batches)
      implements AutoCloseable {
    static FileLog to(Path path, String name) {
      LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
      FileAppender file = new FileAppender();
      file.setContext(context);
      file.setFile(path.toString());
      file.start();
      BatchingAppender batches = new BatchingAppender();
      batches.setContext(context);
      batches.setName(name);
      batches.addAppender(file);
      batches.start();
      Logger logger = context.getLogger(name);
      logger.addAppender(batches);
      return new FileLog(logger, file, batches);
    }

    @Override
    public void close() {
      logger.detachAppender(batches);
      batches.stop();
    }
  }

  private FileLog log(String name, String target) throws IOException {
    // The name stays when the place it leads to changes: a full disk that gets room again.
    Files.createSymbolicLink(gateway.file(name), Path.of(target));
    return gateway.closing(FileLog.to(gateway.file(name), name));
  }

  private void mend(String name) throws IOException {
    Path next = Files.createSymbolicLink(gateway.file("next"), gateway.file("mended." + name));
    Files.move(next, gateway.file(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private Setup setup(String rule) {
    return Setup.to(gateway.origin(r -> r.reply(200, "hello"))).gateway(rule);
  }

  private int status() throws IOException {
    return gateway.closing(RawClient.tls(gateway.https())).get("/").read().status();
  }

  private void awaitReady(int status) {
    Eventually.equal("status of /readyz", status, () -> gateway.admin("/readyz").statusCode());
  }

  @Test
  void whileTheAuditLogCannotBeWrittenNothingIsServedWhereThatIsTheRule() throws IOException {
    try (FileLog _ = log("sallyport.audit", "/dev/full")) {
      gateway.start(setup("audit-log.unwritable = stop-serving"));
      awaitReady(503);
      assertThat(gateway.admin("/readyz").body())
          .startsWith("logs-unwritable\n")
          .contains("log cannot be written: audit, ");
      assertThat(gateway.metric("gateway_log_writable", "log=\"audit\"")).isZero();
      assertThat(status()).isEqualTo(503);
      assertThat(gateway.access().awaitContaining("\"status\":503"))
          .contains("\"failure\":\"audit_log_unwritable\"");
      assertThat(gateway.admin("/healthz").statusCode()).isEqualTo(200);

      mend("sallyport.audit");

      awaitReady(200);
      assertThat(status()).isEqualTo(200);
      assertThat(gateway.metric("gateway_log_writable", "log=\"audit\"")).isEqualTo(1);
      assertThat(gateway.file("mended.sallyport.audit")).content().contains("\"started\"");
    }
  }

  @Test
  void whileTheAuditLogCannotBeWrittenTheGatewayServesByDefaultAndSaysSo() throws IOException {
    try (FileLog _ = log("sallyport.audit", "/dev/full")) {
      gateway.start(setup(""));
      gateway.awaitMetric(0, "gateway_log_writable", "log=\"audit\"");
      assertThat(status()).isEqualTo(200);
      assertThat(gateway.admin("/readyz").statusCode()).isEqualTo(200);
      assertThat(gateway.admin("/readyz").body())
          .startsWith("ready\n")
          .contains("log cannot be written: audit, ");
    }
  }

  @Test
  void whileTheAccessLogCannotBeWrittenTheGatewayIsNotReadyWhereThatIsTheRule() throws IOException {
    try (FileLog _ = log("sallyport.access", "/dev/full")) {
      gateway.start(setup("access-log.unwritable = not-ready"));
      assertThat(gateway.admin("/readyz").statusCode()).isEqualTo(200);
      assertThat(status()).isEqualTo(200);
      awaitReady(503);
      assertThat(status()).isEqualTo(200);
      mend("sallyport.access");
      awaitReady(200);
    }
  }

  @Test
  void theRuleOfTheAuditLogIsTakenUpByAReload() throws IOException {
    try (FileLog _ = log("sallyport.audit", "/dev/full")) {
      Path file = gateway.file("gateway.conf");
      Files.writeString(file, setup("audit-log.unwritable = stop-serving").hocon());
      gateway.startFrom(file);
      awaitReady(503);
      assertThat(status()).isEqualTo(503);
      Files.writeString(file, setup("audit-log.unwritable = continue").hocon());
      assertThat(gateway.reload("").statusCode()).isEqualTo(409);
      assertThat(status()).isEqualTo(503);
      assertThat(gateway.reload("?allow-weaken=incident").statusCode()).isEqualTo(200);
      assertThat(status()).isEqualTo(200);
    }
  }

  @Test
  void aFloodOfForbiddenRequestsIsNoFloodOfLinesAndNoneOfThemIsLost() throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "")))
            .tls("client-auth { mode = optional, trust = clients-ca.pem }")
            .route("client-auth = required")
            .gateway("audit-log.lines-per-second = 2"));
    int flood = 100;
    RawClient client = gateway.connect();
    for (int i = 0; i < flood; i++) {
      assertThat(client.get("/").read().status()).isEqualTo(403);
    }
    gateway.stop();
    List<String> lines =
        gateway.audit().all().stream().filter(l -> l.contains("access-refused")).toList();
    assertThat(lines).hasSizeLessThan(flood / 2);
    assertThat(LogLines.told(lines)).isEqualTo(flood);
  }

  @Test
  void aBackendThatIsDownIsNoLineForEachRequest() throws IOException {
    try (LogLines people = new LogLines("sallyport.connect.endpoint.EndpointObserver")) {
      gateway.start(Setup.to("127.0.0.1:1"));
      RawClient client = gateway.connect();
      int requests = 50;
      for (int i = 0; i < requests; i++) {
        assertThat(client.get("/").read().status()).isEqualTo(502);
      }
      assertThat(gateway.metric("gateway_upstream_failures_total", "failure=\"connect_refused\""))
          .isGreaterThanOrEqualTo(requests);
      assertThat(people.awaitContaining("127.0.0.1:1: connect_refused")).isNotEmpty();
      assertThat(people.all()).hasSizeLessThan(requests / 2);
    }
  }

  @Test
  void theAdminListenerAnswersWhileAnEventLoopStandsStill() throws Exception {
    gateway.start(setup("runtime.workers = 1"));
    try (LoopStop stop = new LoopStop()) {
      gateway.connect().send("GET / HTTP/1.1\r\n\r\n");
      stop.awaitStopped();
      assertThat(gateway.admin("/healthz").statusCode()).isEqualTo(200);
      assertThat(gateway.admin("/readyz").statusCode()).isEqualTo(200);
      assertThat(gateway.admin("/metrics").body()).contains("gateway_log_lines_lost_total");
    }
  }

  @Test
  void whatIsLostOfEachLogIsAMetricFromTheBeginning() {
    gateway.start(setup(""));
    String page = gateway.admin("/metrics").body();
    for (String log : List.of("access", "audit", "system")) {
      assertThat(page)
          .contains("gateway_log_lines_lost_total{log=\"" + log + "\"}")
          .contains("gateway_log_lines_waiting{log=\"" + log + "\"}")
          .contains("gateway_log_lines_waiting_limit{log=\"" + log + "\"}")
          .contains("gateway_log_writable{log=\"" + log + "\"}");
    }
  }
}
