package sallyport.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sallyport.config.ConfigException;
import sallyport.demo.Demo;
import sallyport.logging.Logs;

/** {@code sallyport demo}: everything on one machine, to look at. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Starts a demo backend that demands a client certificate, and the gateway in front of it.",
      "Both listen on loopback only. Makes a development PKI first when there is none."
    })
final class DemoCommand implements Callable<Integer> {
  @Option(names = "--http-port", paramLabel = "PORT", defaultValue = "8080", description = PORT)
  private int httpPort;

  @Option(names = "--https-port", paramLabel = "PORT", defaultValue = "8443", description = PORT)
  private int httpsPort;

  @Option(names = "--admin-port", paramLabel = "PORT", defaultValue = "9901", description = PORT)
  private int adminPort;

  @Option(
      names = "--certs",
      paramLabel = "DIR",
      defaultValue = "${sys:sallyport.home:-.}/certs/dev",
      description = "The development PKI (default: certs/dev in the project).")
  private Path certificates;

  @Spec private CommandSpec spec;

  private static final String PORT = "Default: ${DEFAULT-VALUE}; 0: a free one.";

  @Override
  public Integer call() throws ConfigException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    StopSignal stop = StopSignal.install();
    try (Demo demo = Demo.start(certificates, new Demo.Ports(httpPort, httpsPort, adminPort))) {
      out.print(thingsToTry(demo, shortest(certificates)));
      out.flush();
      stop.await();
    } catch (IOException cannotStart) {
      spec.commandLine().getErr().println(cannotStart.getMessage());
      return ExitStatus.CANNOT_BIND;
    } finally {
      Logs.flushAndStop();
    }
    return ExitStatus.OK;
  }

  private static String thingsToTry(Demo demo, Path certs) {
    int http = demo.address("http").getPort();
    int https = demo.address("https").getPort();
    int admin = demo.address("admin").getPort();
    int backend = demo.backendAddress().getPort();
    return """
    serving http=127.0.0.1:%1$d https=127.0.0.1:%2$d admin=127.0.0.1:%3$d backend=127.0.0.1:%4$d

    Through the gateway, encrypted on both sides:
      curl --cacert %5$s/ca.pem https://localhost:%2$d/hello
    What the backend sees, the gateway's certificate included:
      curl --cacert %5$s/ca.pem https://localhost:%2$d/echo
    Plain HTTP is sent to HTTPS, and never forwarded:
      curl -i http://localhost:%1$d/hello
    The backend itself turns away whoever shows no certificate:
      curl --cacert %5$s/backend-ca.pem --resolve legacy.internal:%4$d:127.0.0.1 https://legacy.internal:%4$d/hello
    Metrics, and a status page at http://localhost:%3$d/
      curl http://localhost:%3$d/metrics

    Ctrl-C stops it.
    """
        .formatted(http, https, admin, backend, certs);
  }

  /** The folder as one would type it here. */
  private static Path shortest(Path folder) {
    Path here = Path.of("").toAbsolutePath();
    Path full = folder.toAbsolutePath().normalize();
    return full.startsWith(here) ? here.relativize(full) : full;
  }
}
