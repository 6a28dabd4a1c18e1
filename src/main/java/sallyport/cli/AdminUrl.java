package sallyport.cli;

import org.apache.commons.cli.Option;

/** Option that names the admin listener of a running gateway. */
final class AdminUrl {
  static final Option OPTION =
      Option.builder()
          .longOpt("url")
          .hasArg()
          .argName("URL")
          .desc(
              "The admin listener, such as http://127.0.0.1:9901, in place of the configuration's.")
          .get();

  private AdminUrl() {}
}
