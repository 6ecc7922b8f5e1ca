# A Compute Engine image with everything installed, made of one of Debian or Ubuntu.

packer {
  required_plugins {
    googlecompute = {
      source  = "github.com/hashicorp/googlecompute"
      version = "1.1.8"
    }
  }
}

variable "name" {
  type        = string
  description = "The new image's name: it stands for its content. Small letters, digits and hyphens."
}

variable "base" {
  type        = string
  description = "Name of the image that this one is made of."
}

variable "base_project" {
  type        = string
  default     = ""
  description = "Project that the base image is in; empty for the usual ones."
}

variable "project" {
  type = string
}

variable "zone" {
  type = string
}

variable "machine_type" {
  type        = string
  default     = "e2-standard-2"
  description = "Type of the instance in which it is made."
}

variable "subnetwork" {
  type        = string
  description = "Subnetwork in which it is made; packages come by it. Its firewall lets SSH in from here, or from IAP."
}

variable "public_address" {
  type        = bool
  default     = true
  description = "Whether it is reached from here by a public address; else by the Identity-Aware Proxy, which needs gcloud."
}

variable "login_user" {
  type        = string
  default     = "packer"
  description = "User that Google's agent makes in it for this."
}

variable "owner" {
  type        = string
  description = "Id of the state folder that makes it."
}

variable "builder" {
  type        = string
  description = "Name of the instance in which it is made."
}

variable "bundle" {
  type        = string
  description = "Archive of the bundle that nodes configure themselves with."
}

variable "bundle_name" {
  type        = string
  description = "What nodes call that bundle."
}

variable "versions" {
  type        = string
  description = "Versions of what is installed, as JSON."
}

# Labels take neither dots nor capitals.
locals {
  labels = {
    muster-image = var.name
    muster-state = var.owner
  }
}

# Credentials are those of Google's own tools: the application default ones.
source "googlecompute" "server" {
  project_id = var.project
  zone       = var.zone

  image_name   = var.name
  image_labels = local.labels

  source_image            = var.base
  source_image_project_id = var.base_project == "" ? null : [var.base_project]
  instance_name           = var.builder
  machine_type            = var.machine_type
  subnetwork              = var.subnetwork
  omit_external_ip        = !var.public_address
  use_internal_ip         = !var.public_address
  use_iap                 = !var.public_address
  labels                  = local.labels
  # It asks Google for nothing.
  disable_default_service_account = true
  enable_secure_boot              = true
  enable_vtpm                     = true
  enable_integrity_monitoring     = true
  metadata = {
    block-project-ssh-keys = "TRUE"
    enable-oslogin         = "FALSE"
  }

  ssh_username              = var.login_user
  ssh_timeout               = "15m"
  ssh_clear_authorized_keys = true
  temporary_key_pair_type   = "ed25519"
}

build {
  sources = ["source.googlecompute.server"]

  # It may install packages itself.
  provisioner "shell" {
    inline = ["cloud-init status --wait >/dev/null || [ $? -eq 2 ]"]
  }

  provisioner "file" {
    source      = var.bundle
    destination = "/tmp/muster-bundle.tar.gz"
  }

  provisioner "shell" {
    execute_command  = "chmod +x {{ .Path }}; sudo env {{ .Vars }} {{ .Path }}"
    scripts          = ["${path.root}/install", "${path.root}/forget"]
    environment_vars = ["MUSTER_BUNDLE=${var.bundle_name}", "MUSTER_VERSIONS=${var.versions}"]
  }
}
