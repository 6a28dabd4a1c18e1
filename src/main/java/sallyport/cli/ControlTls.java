package sallyport.cli;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.ParseException;
import org.jspecify.annotations.Nullable;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.keys.OperatorKey;
import sallyport.credentials.sources.UnusableFile;

/**
 * TLS of a command to a running gateway, by the JDK: it loads fewer classes for one connection than
 * the TLS of the gateway. The certificate of the gateway is always verified, and its name too.
 *
 * @param context for one connection
 * @param hasCertificate whether the operator shows a certificate
 */
record ControlTls(SSLContext context, boolean hasCertificate) {
  private static final Option CERTIFICATE =
      file("certificate", "The certificate of the operator, for control under mutual TLS.");
  private static final Option KEY =
      file("key", "Its key, not encrypted, which its owner alone may read.");
  private static final Option CA =
      file(
          "ca",
          "The authorities of the gateway's certificate. Default: those of the Java runtime.");

  /** The options that it is made of. */
  static final List<Option> OPTIONS = List.of(CERTIFICATE, KEY, CA);

  private static Option file(String name, String text) {
    return Option.builder().longOpt(name).hasArg().argName("FILE").desc(text).get();
  }

  /**
   * Refuses the options for a listener that has no TLS.
   *
   * @param address of the listener
   */
  static void refuse(CommandLine line, Object address) throws ParseException {
    for (Option each : OPTIONS) {
      if (line.hasOption(each)) {
        throw new ParseException(
            "--%s is for control under TLS, and %s has none".formatted(each.getLongOpt(), address));
      }
    }
  }

  /**
   * Opens the files that the command line names.
   *
   * @throws InvalidConfiguration when one cannot be used
   */
  static ControlTls of(CommandLine line) throws ParseException, InvalidConfiguration {
    @Nullable String certificate = line.getOptionValue(CERTIFICATE);
    @Nullable String key = line.getOptionValue(KEY);
    @Nullable String authorities = line.getOptionValue(CA);
    if ((certificate == null) != (key == null)) {
      throw new ParseException("--certificate and --key are given both, or neither");
    }
    try {
      KeyManager[] keys =
          certificate == null || key == null
              ? new KeyManager[0]
              : new KeyManager[] {
                new OneKey(OperatorKey.read(Path.of(certificate), Path.of(key), Instant.now()))
              };
      // Null is the default of the JDK.
      TrustManager @Nullable [] trust =
          authorities == null
              ? null
              : Certificates.trusting(Certificates.readChain(Path.of(authorities)))
                  .getTrustManagers();
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trust, null);
      return new ControlTls(context, keys.length > 0);
    } catch (UnusableFile unusable) {
      throw new InvalidConfiguration(List.of(String.valueOf(unusable.getMessage())));
    } catch (GeneralSecurityException broken) {
      throw new IllegalStateException(broken);
    }
  }

  /**
   * Does the handshake over a connection.
   *
   * @param host whose certificate is expected: a name or an address
   */
  SSLSocket handshake(Socket plain, String host, int port) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(plain, host, port, /* autoClose= */ true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  /** Key manager that shows one certificate to each gateway that asks for one. */
  private static final class OneKey extends X509ExtendedKeyManager {
    private static final String ALIAS = "operator";

    private final OperatorKey operator;

    OneKey(OperatorKey operator) {
      this.operator = operator;
    }

    /** The authorities that a gateway lists are hints; its answer to a wrong one is clear. */
    @Override
    public String chooseClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return ALIAS;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return operator.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return operator.key();
    }

    @Override
    public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return null;
    }
  }
}
