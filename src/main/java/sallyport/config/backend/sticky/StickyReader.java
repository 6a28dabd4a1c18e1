package sallyport.config.backend.sticky;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.sticky.StickyConfig.SameSite;
import sallyport.config.certificate.CertificateReader;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;
import sallyport.values.Tokens;

/** Reader of the section {@code sticky} of a backend. */
public final class StickyReader {
  private StickyReader() {}

  /** Reads the section. */
  public static StickyConfig read(ConfigReader in) {
    Map<String, SameSite> sites = new LinkedHashMap<>();
    sites.put("strict", SameSite.STRICT);
    sites.put("lax", SameSite.LAX);
    sites.put("none", SameSite.NONE);
    StickyConfig sticky =
        new StickyConfig(
            cookie(in),
            in.location("cookie"),
            Limits.of(StickyConfig.class).duration("max-age", in),
            in.choice("same-site", sites),
            in.has("key") ? CertificateReader.secret(in.section("key")) : null,
            in.location("key"));
    in.finish();
    return sticky;
  }

  private static @Nullable String cookie(ConfigReader in) {
    String name = in.optionalString("cookie");
    if (name == null) {
      if (in.has("key")) {
        in.problem("key", "has no effect without sticky.cookie; set that, or remove it");
      }
    } else if (!Tokens.isToken(name)) {
      in.problem("cookie", "must be the name of a cookie, is '" + name + "'");
    }
    return name;
  }
}
