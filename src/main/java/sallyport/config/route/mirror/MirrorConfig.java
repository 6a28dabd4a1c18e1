package sallyport.config.route.mirror;

import org.jspecify.annotations.Nullable;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Settings of the copies of a route's safe requests.
 *
 * @param backend gets them, by its name; null for none
 * @param share of the requests that are copied, in percent
 */
public record MirrorConfig(
    @Nullable String backend,
    @Limit(key = "share", min = "1%", max = "100%", looser = Looser.RAISED) int share) {
  /** No copies. */
  public static final MirrorConfig NONE = new MirrorConfig(null, 100);

  /** Reads {@code mirror} of a route. */
  public static MirrorConfig read(ConfigReader in) {
    MirrorConfig config =
        new MirrorConfig(
            in.has("backend") ? in.string("backend") : null,
            Limits.of(MirrorConfig.class).count("share", in));
    if (config.backend == null && config.share != NONE.share) {
      in.problem("share", "needs backend: who gets the copies");
    }
    in.finish();
    return config;
  }
}
