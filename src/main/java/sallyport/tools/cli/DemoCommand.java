package sallyport.tools.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.ParseException;
import sallyport.cli.command.Command;
import sallyport.cli.command.ExitStatus;
import sallyport.cli.process.BoundAddresses;
import sallyport.cli.signal.Signals;
import sallyport.cli.signal.StopSignal;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.logging.setup.Logs;
import sallyport.tools.demo.Demo;

/** {@code sallyport demo}: a gateway and a backend to try, until a signal stops them. */
final class DemoCommand implements Command {
  private static final String HTTP_PORT = "8080";
  private static final String HTTPS_PORT = "8443";
  private static final String ADMIN_PORT = "9901";
  private static final String CERTIFICATES =
      System.getProperty("sallyport.home", ".") + "/certs/dev";

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
    String port = "0: any free one.";
    return List.of(
        option("http-port", "PORT", port, HTTP_PORT),
        option("https-port", "PORT", port, HTTPS_PORT),
        option("admin-port", "PORT", port, ADMIN_PORT),
        option("certs", "DIR", "Where the development PKI is or will be.", CERTIFICATES));
  }

  private static Option option(String name, String value, String description, String defaultValue) {
    return Option.builder()
        .longOpt(name)
        .hasArg()
        .argName(value)
        .desc(description + " Default: " + defaultValue + ".")
        .get();
  }

  @Override
  public boolean serves() {
    return true;
  }

  @Override
  public int run(CommandLine line, PrintWriter out, PrintWriter err)
      throws ParseException, InvalidConfiguration, InterruptedException {
    Path certificates = Path.of(line.getOptionValue("certs", CERTIFICATES));
    Demo.Ports ports =
        new Demo.Ports(
            port(line, "http-port", HTTP_PORT),
            port(line, "https-port", HTTPS_PORT),
            port(line, "admin-port", ADMIN_PORT));
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

  private static int port(CommandLine line, String name, String defaultValue)
      throws ParseException {
    String text = line.getOptionValue(name, defaultValue);
    if (text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= 65_535) {
      return Integer.parseInt(text);
    }
    throw new ParseException("--" + name + ": must be a port, 0 to 65535, is '" + text + "'");
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
        The backend itself refuses a client without a certificate:
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

  /** Returns the path of the folder from the current directory, if it is below that. */
  private static Path shortest(Path folder) {
    Path here = Path.of("").toAbsolutePath();
    Path full = folder.toAbsolutePath().normalize();
    return full.startsWith(here) ? here.relativize(full) : full;
  }
}
