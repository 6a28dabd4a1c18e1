package sallyport.config.tls;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.PeerNames;
import sallyport.config.address.PeerNames.Kind;
import sallyport.config.certificate.RevocationReader;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;
import sallyport.config.read.Words;
import sallyport.config.tls.ClientAuthConfig.Forward;
import sallyport.config.tls.ClientAuthConfig.Host;
import sallyport.config.tls.ClientAuthConfig.Mode;
import sallyport.config.tls.ClientAuthConfig.Refusal;

/** Reader of the demands of listeners and routes on client certificates. */
public final class ClientAuthReader {
  private ClientAuthReader() {}

  public static ClientAuthConfig read(ConfigReader in) {
    Map<String, Mode> modes = new LinkedHashMap<>();
    modes.put("none", Mode.NONE);
    modes.put("optional", Mode.OPTIONAL);
    modes.put("required", Mode.REQUIRED);
    Mode mode = in.choice("mode", modes);
    TrustConfig trust = null;
    DenyListConfig denied = null;
    if (mode == Mode.NONE) {
      // They may stand there, ready for the day on which the mode changes.
      in.optionalString("trust");
      in.optionalString("deny");
      RevocationReader.read(in.section("revocation"));
    } else {
      trust =
          new TrustConfig(
              in.file("trust"),
              in.location("trust"),
              RevocationReader.read(in.section("revocation")));
      denied = denied(in);
    }
    Map<String, Refusal> refusals = new LinkedHashMap<>();
    refusals.put("handshake", Refusal.HANDSHAKE);
    refusals.put("403", Refusal.STATUS_403);
    ClientAuthConfig config =
        new ClientAuthConfig(
            mode,
            trust,
            Limits.of(ClientAuthConfig.class).count("max-depth", in),
            allowed(in, "allow"),
            denied,
            in.choice("refuse-with", refusals),
            forward(in),
            in.choice("host", Words.of(Host.values())));
    in.finish();
    return config;
  }

  private static @Nullable DenyListConfig denied(ConfigReader in) {
    return in.has("deny") ? new DenyListConfig(in.file("deny"), in.location("deny")) : null;
  }

  private static Set<Forward> forward(ConfigReader in) {
    Map<String, Forward> words = new LinkedHashMap<>();
    words.put("xfcc", Forward.XFCC);
    words.put("xfcc-cert", Forward.XFCC_CERT);
    words.put("rfc9440", Forward.RFC9440);
    words.put("rfc9440-chain", Forward.RFC9440_CHAIN);
    Set<Forward> forward = EnumSet.noneOf(Forward.class);
    for (String word : in.strings("forward")) {
      Forward each = words.get(word);
      if (each == null) {
        in.problem(
            "forward",
            "each must be one of " + String.join(", ", words.keySet()) + ", one is '" + word + "'");
      } else {
        forward.add(each);
      }
    }
    return Set.copyOf(forward);
  }

  /** What a route asks in addition. */
  public static ClientAccessConfig access(ConfigReader in) {
    Map<String, Boolean> words = new LinkedHashMap<>();
    words.put("inherit", false);
    words.put("required", true);
    return new ClientAccessConfig(in.choice("client-auth", words), allowed(in, "client-allow"));
  }

  private static Set<String> allowed(ConfigReader in, String key) {
    return PeerNames.read(
        in,
        key,
        "would let nobody in; without this key it is whoever the trust vouches for",
        Kind.DNS,
        Kind.URI,
        Kind.EMAIL,
        Kind.SHA256);
  }
}
