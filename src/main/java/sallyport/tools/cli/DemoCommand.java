package sallyport.tools.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import sallyport.cli.Arguments;
import sallyport.cli.BadUsage;
import sallyport.cli.BoundAddresses;
import sallyport.cli.Command;
import sallyport.cli.ExitStatus;
import sallyport.cli.Option;
import sallyport.cli.Signals;
import sallyport.cli.StopSignal;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.logging.setup.Logs;
import sallyport.tools.demo.Demo;

/** {@code sallyport demo}: everything that a first look takes, until a signal stops it. */
final class DemoCommand implements Command {
  private static final Option HTTP_PORT = port("--http-port", "8080");
  private static final Option HTTPS_PORT = port("--https-port", "8443");
  private static final Option ADMIN_PORT = port("--admin-port", "9901");
  private static final Option CERTIFICATES =
      Option.valued("DIR", "Where the development PKI is or will be.", "--certs")
          .withDefault(System.getProperty("sallyport.home", ".") + "/certs/dev");

  private static Option port(String name, String number) {
    return Option.valued("PORT", "0: any free one.", name).withDefault(number);
  }

  @Override
  public String name() {
    return "demo";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Starts a demo backend that demands a client certificate, and the gateway in front of it.",
        "Both listen on loopback only. Makes a development PKI first when there is none.");
  }

  @Override
  public List<Option> options() {
    return List.of(HTTP_PORT, HTTPS_PORT, ADMIN_PORT, CERTIFICATES);
  }

  @Override
  public boolean serves() {
    return true;
  }

  @Override
  public int run(Arguments arguments, PrintWriter out, PrintWriter err)
      throws BadUsage, InvalidConfiguration, InterruptedException {
    Path certificates = arguments.path(CERTIFICATES);
    Demo.Ports ports =
        new Demo.Ports(
            arguments.port(HTTP_PORT), arguments.port(HTTPS_PORT), arguments.port(ADMIN_PORT));
    StopSignal stop = StopSignal.install();
    Signals.on("USR1", Logs::reopen);
    try (Demo demo = Demo.start(certificates, ports)) {
      out.print(thingsToTry(demo.addresses(), shortest(certificates)));
      out.flush();
      stop.await();
    } catch (IOException cannotStart) {
      err.println(cannotStart.getMessage());
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
