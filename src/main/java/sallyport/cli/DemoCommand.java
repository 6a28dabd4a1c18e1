package sallyport.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sallyport.config.ConfigException;
import sallyport.demo.Demo;
import sallyport.logging.Logs;

/** {@code sallyport demo}: everything that a first try takes, until a signal stops it. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a gateway in front of a demo backend that demands a client certificate.",
      "Makes a development PKI under certs/dev/ when there is none. All on loopback."
    })
final class DemoCommand implements Callable<Integer> {
  @Option(names = "--http-port", defaultValue = "8080", description = "Default: 8080; 0: any.")
  private int httpPort;

  @Option(names = "--https-port", defaultValue = "8443", description = "Default: 8443; 0: any.")
  private int httpsPort;

  @Option(names = "--admin-port", defaultValue = "9901", description = "Default: 9901; 0: any.")
  private int adminPort;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws ConfigException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Path home = Path.of(System.getProperty("sallyport.home", ""));
    Path pki = home.resolve("certs").resolve("dev");
    StopSignal stop = StopSignal.install();
    try (Demo demo = Demo.start(pki, new Demo.Ports(httpPort, httpsPort, adminPort))) {
      print(out, demo, Path.of("").toAbsolutePath().relativize(pki.toAbsolutePath()));
      stop.await();
    } catch (IOException cannotStart) {
      spec.commandLine().getErr().println(cannotStart.getMessage());
      return ExitStatus.CANNOT_BIND;
    } finally {
      Logs.flushAndStop();
    }
    return ExitStatus.OK;
  }

  private static void print(PrintWriter out, Demo demo, Path pki) {
    int http = port(demo, "http");
    int https = port(demo, "https");
    int admin = port(demo, "admin");
    out.println("serving " + BoundAddresses.toText(demo.addresses()));
    out.println();
    out.println("Through the gateway, over mutual TLS to the backend:");
    out.println("  curl --cacert " + pki + "/ca.pem https://localhost:" + https + "/hello");
    out.println("What the backend sees of it:");
    out.println("  curl --cacert " + pki + "/ca.pem https://localhost:" + https + "/echo");
    out.println("Plain HTTP is sent to HTTPS:");
    out.println("  curl -i http://localhost:" + http + "/hello");
    out.println("The backend itself refuses everyone without a certificate:");
    out.println("  curl -k https://localhost:" + demo.backendPort() + "/hello");
    out.println("Metrics, health, status:");
    out.println("  curl http://localhost:" + admin + "/metrics");
    out.println();
    out.println("Ctrl-C stops it.");
    out.flush();
  }

  private static int port(Demo demo, String listener) {
    return Objects.requireNonNull(demo.addresses().get(listener)).getPort();
  }
}
