package sallyport.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.logging.Logs;
import sallyport.tools.demo.Demo;

/** {@code sallyport demo}: everything that a first look takes, until a signal stops it. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Starts a demo backend that demands a client certificate, and the gateway in front of it.",
      "Both listen on loopback only. Makes a development PKI first when there is none."
    })
final class DemoCommand implements Callable<Integer> {
  private static final String PORT = "Default: ${DEFAULT-VALUE}; 0: any free one.";

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
      description = "Where the development PKI is or will be. Default: certs/dev of the project.")
  private Path certificates;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InvalidConfiguration, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    StopSignal stop = StopSignal.install();
    Signals.on("USR1", Logs::reopen);
    try (Demo demo = Demo.start(certificates, new Demo.Ports(httpPort, httpsPort, adminPort))) {
      out.print(thingsToTry(demo.addresses(), shortest(certificates)));
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

  private static String thingsToTry(Map<String, InetSocketAddress> addresses, Path certs) {
    String text =
        """
        serving {addresses}

        Through the gateway, with mutual TLS to the backend:
          curl --cacert {certs}/ca.pem https://localhost:{https}/hello
        What the backend gets to see, the gateway's certificate included:
          curl --cacert {certs}/ca.pem https://localhost:{https}/echo
        Plain HTTP is sent to HTTPS and never forwarded:
          curl -i http://localhost:{http}/hello
        The backend itself turns away whoever shows no certificate:
          curl --cacert {certs}/backend-ca.pem https://localhost:{backend}/hello
        Metrics; the status page is http://localhost:{admin}/
          curl http://localhost:{admin}/metrics

        Ctrl-C stops it.
        """
            .replace("{addresses}", BoundAddresses.toText(addresses))
            .replace("{certs}", certs.toString());
    for (Map.Entry<String, InetSocketAddress> bound : addresses.entrySet()) {
      String port = String.valueOf(bound.getValue().getPort());
      text = text.replace("{" + bound.getKey() + "}", port);
    }
    return text;
  }

  /** The folder as one would type it here. */
  private static Path shortest(Path folder) {
    Path here = Path.of("").toAbsolutePath();
    Path full = folder.toAbsolutePath().normalize();
    return full.startsWith(here) ? here.relativize(full) : full;
  }
}
