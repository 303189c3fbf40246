# An instance of the job "web" for every 40 % of its CPU that the present ones use.
scaling "my-plugin" {
  enabled = true
  min     = 1
  max     = 5

  policy {
    cooldown            = "5s"
    evaluation_interval = "2s"

    check "cpu" {
      source = "nomad-apm"
      query  = "avg_cpu"

      strategy "my-plugin" {
        per_instance = 40
        max_scale_up = 1
      }
    }

    target "nomad-target" {
      Job   = "web"
      Group = "app"
    }
  }
}
